import { nuid } from '@nats-io/nats-core';

import type { Append, Revision } from '../event-log.ts';
import type { NatsLink } from './nats-link.ts';
import { encodeHeaders } from './stored-message.ts';

/** The server takes no more messages than this in one atomic batch. */
export const batchMaxMessages = 1_000;

/** An append on its way. */
export interface OutgoingAppend {
  readonly id: string;
  readonly entries: readonly Append[];
  /** With the log's prefix. */
  readonly subjects: readonly string[];
  /** The last sequence of each subject, for the server to check; undefined = whatever it is. */
  readonly sequences: readonly (Revision | undefined)[];
  readonly timeMs: number;
}

/**
 * Publishes appends, all or none: a single entry as a message, more as one atomic batch, whose messages carry the expectation each (the client's own batch publisher ignores
 * expectations silently and hides the server's answer). The answer goes to `replyTo`. Published again, an append isn't stored twice: its expectations prevent it, or, where
 * it has none, the id that the server remembers.
 */
export function publishAppends(link: NatsLink, appends: readonly OutgoingAppend[], replyTo: string): void {
  const total = appends.reduce((sum, { entries }) => sum + entries.length, 0);
  const isBatch = total > 1;
  // A new one each time: what came before may still be half there.
  const batchId = isBatch ? nuid.next() : '';
  let position = 0;
  for (const { id, entries, subjects, sequences, timeMs } of appends) {
    const isConditional = sequences.some((sequence) => sequence !== undefined);
    entries.forEach((entry, index) => {
      position++;
      const headers = encodeHeaders(entry, { appendId: id, timeMs, index, subjects, expectSequence: sequences[index] });
      if (isBatch) {
        headers.set('Nats-Batch-Id', batchId);
        headers.set('Nats-Batch-Sequence', String(position));
        if (position === total) headers.set('Nats-Batch-Commit', '1');
      }
      if (!isBatch || (index === 0 && !isConditional)) headers.set('Nats-Msg-Id', id);
      link.publish(subjects[index] ?? '', entry.value, headers, position === total ? replyTo : undefined);
    });
  }
}
