import type { Revision } from '../event-log.ts';
import { BoundedMap } from './bounded-map.ts';
import type { NatsLink } from './nats-link.ts';
import { errorFromNats } from './server-answer.ts';
import { decodeMessage, type StoredMessage } from './stored-message.ts';

const hintsMaxEntries = 50_000;
/** How many later messages of one subject are looked through for an append that went unanswered. */
const searchMaxMessages = 256;

/** The last message of a subject, as far as compare-and-set cares. */
export interface LastMessage {
  readonly revision: Revision;
  readonly deleted: boolean;
}

/**
 * What the log knows of the last message of subjects. The server compares sequences of messages, the port revisions of live entries; they differ after a deletion. Hints
 * come from everything that passes through this process and save a question; a wrong one only costs a refused append.
 */
export class LastMessages {
  readonly #link: NatsLink;
  readonly #stream: string;
  /** Negative: a tombstone. A number takes less room than an object. */
  readonly #hints = new BoundedMap<string, number>(hintsMaxEntries);

  constructor(link: NatsLink, stream: string) {
    this.#link = link;
    this.#stream = stream;
  }

  hint(subject: string): LastMessage | undefined {
    const hint = this.#hints.get(subject);
    return hint === undefined ? undefined : { revision: Math.abs(hint), deleted: hint < 0 };
  }

  note(subject: string, revision: Revision, deleted: boolean): void {
    const known = this.#hints.get(subject);
    if (known === undefined || Math.abs(known) < revision) this.#hints.set(subject, deleted ? -revision : revision);
  }

  /** Asks the stream's leader. Undefined: no message. Throws LogUnavailable. */
  async fetch(subject: string): Promise<StoredMessage | undefined> {
    const last = await this.#get({ last_by_subj: subject });
    if (last === undefined) this.#hints.delete(subject);
    else this.note(subject, last.revision, last.deleted);
    return last;
  }

  /** Whether the message at this revision, which belongs to the subject, is a tombstone. What a message says never changes, so that any replica may answer. */
  async isTombstone(subject: string, revision: Revision): Promise<boolean> {
    const hint = this.hint(subject);
    if (hint?.revision === revision) return hint.deleted;
    const message = await this.#get({ seq: revision });
    if (message?.subject !== subject) return false;
    this.note(subject, revision, message.deleted);
    return message.deleted;
  }

  /** The message of this append among those of the subject after `after`, if it was stored. Throws LogUnavailable. */
  async findAppend(subject: string, appendId: string, after: Revision): Promise<StoredMessage | undefined> {
    const last = await this.fetch(subject);
    if (last === undefined || last.appendId === appendId) return last;
    let position = after;
    for (let count = 0; count < searchMaxMessages && position < last.revision; count++) {
      const message = await this.#getNext(subject, position + 1);
      if (message === undefined || message.appendId === appendId) return message;
      position = message.revision;
    }
    return undefined;
  }

  async #get(query: { last_by_subj: string } | { seq: number }): Promise<StoredMessage | undefined> {
    try {
      const stored = await this.#link.manager.streams.getMessage(this.#stream, query);
      if (stored === null) return undefined;
      const { subject, data, header } = stored;
      return decodeMessage({ subject, data, headers: header }, stored.seq, stored.time.getTime());
    } catch (error) {
      throw errorFromNats(error);
    }
  }

  async #getNext(subject: string, from: Revision): Promise<StoredMessage | undefined> {
    try {
      const query = { seq: from, next_by_subj: subject };
      const stored = await this.#link.manager.direct.getMessage(this.#stream, query);
      if (stored === null) return undefined;
      const { data, header } = stored;
      return decodeMessage({ subject: stored.subject, data, headers: header }, stored.seq, stored.time.getTime());
    } catch (error) {
      throw errorFromNats(error);
    }
  }
}
