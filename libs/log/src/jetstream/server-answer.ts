import { JetStreamApiError } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/nats-core';

import { LogUnavailable } from '../event-log.ts';

/** Error codes of the JetStream API. */
const code = {
  accountResourcesExceeded: 10_002,
  unavailable: 10_008,
  notLeader: 10_009,
  insufficientResources: 10_023,
  memoryExceeded: 10_028,
  noMessageFound: 10_037,
  storageExceeded: 10_047,
  createFailed: 10_049,
  wrongLastSequence: 10_071,
  storeFailed: 10_077,
  streamNotFound: 10_059,
  streamOffline: 10_118,
  wrongLastSequenceConstant: 10_164,
  batchIncomplete: 10_176,
  batchDuplicate: 10_201,
} as const;

/** What the server said to a publish, in the words of the log. */
export type PublishAnswer =
  | { readonly kind: 'stored'; readonly lastSequence: number }
  /** A compare-and-set lost. */
  | { readonly kind: 'stale' }
  /** The same append has been stored before. */
  | { readonly kind: 'duplicate' }
  /** Nothing was stored, and it's worth another try in a moment: no leader yet, stream still recovering. */
  | { readonly kind: 'not-ready'; readonly message: string }
  | { readonly kind: 'failed'; readonly error: LogUnavailable };

/** Reads the reply to a publish or to the last message of a batch. */
export function readPublishAnswer(reply: Msg): PublishAnswer {
  if (reply.headers?.code === 503) return { kind: 'not-ready', message: 'no stream takes the subject' };
  const answer: unknown = reply.json();
  if (typeof answer !== 'object' || answer === null) return unreadable(reply);
  if ('error' in answer) return readError(answer.error);
  if ('seq' in answer && typeof answer.seq === 'number') return { kind: 'stored', lastSequence: answer.seq };
  return unreadable(reply);
}

function unreadable(reply: Msg): PublishAnswer {
  return {
    kind: 'failed',
    error: new LogUnavailable('Io', `NATS gave an answer that makes no sense: ${reply.string()}`),
  };
}

function readError(error: unknown): PublishAnswer {
  const { err_code: errorCode, description } = error as { err_code?: number; description?: string };
  const message = description ?? 'no description';
  switch (errorCode) {
    case code.wrongLastSequence:
    case code.wrongLastSequenceConstant:
      return { kind: 'stale' };
    case code.batchDuplicate:
      return { kind: 'duplicate' };
    case code.unavailable:
    case code.notLeader:
    case code.streamOffline:
    case code.batchIncomplete:
      return { kind: 'not-ready', message };
    default:
      return { kind: 'failed', error: new LogUnavailable(reasonOf(errorCode, message), `NATS: ${message}`) };
  }
}

function reasonOf(errorCode: number | undefined, message: string): 'DiskFull' | 'Io' {
  switch (errorCode) {
    case code.accountResourcesExceeded:
    case code.insufficientResources:
    case code.memoryExceeded:
    case code.storageExceeded:
      return 'DiskFull';
    case code.storeFailed:
      // The code stands for any failure to store; only the text tells a full stream or disk from a broken one.
      return /maximum (bytes|messages)|no space left/.test(message) ? 'DiskFull' : 'Io';
    default:
      return 'Io';
  }
}

/** A fault of the server's own that may be over in a moment, not one of what it was asked for. */
export function isPassing(error: JetStreamApiError): boolean {
  switch (error.code) {
    case code.unavailable:
    case code.notLeader:
    case code.streamOffline:
      return true;
    case code.createFailed:
      // The code stands for configurations that can't be, too; only the text tells.
      return error.message.includes('error creating store');
    default:
      return false;
  }
}

/** Turns whatever a call to the JetStream API threw into LogUnavailable, for those that can't go on without an answer. */
export function errorFromNats(error: unknown): LogUnavailable {
  if (error instanceof LogUnavailable) return error;
  const reason = error instanceof JetStreamApiError && error.code !== code.streamNotFound ? 'Io' : 'Unreachable';
  return new LogUnavailable(reason, `NATS: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
