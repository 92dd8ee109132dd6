import { HistoryExpired, type EntryBatch, type ReadOptions, type Revision } from '../event-log.ts';
import { compileSubjects } from '../subject-pattern.ts';
import { AppendAssembler } from './append-assembler.ts';
import { Follower, type FollowEvent } from './follower.ts';
import type { FloorLease } from './history-floor.ts';
import type { NatsLink } from './nats-link.ts';
import { toEntry, type StoredMessage } from './stored-message.ts';
import type { Entry } from '../event-log.ts';

/** A batch ends with the first append that reaches this many entries. */
const batchMaxEntries = 1_000;
const askAgainMs = 250;

export interface ReaderDeps {
  readonly link: NatsLink;
  readonly lease: FloorLease;
  readonly toEntry: (message: StoredMessage) => Entry;
  /** Aborts when the log is closed. */
  readonly closed: AbortSignal;
}

export interface ReaderOptions extends ReadOptions {
  readonly stream: string;
  readonly filters: readonly string[] | undefined;
  readonly prefix: string;
  readonly head: Revision;
  readonly heartbeatMs: number;
}

/** Reads after `from`, which isn't below the floor, until `signal` or `closed` aborts. Throws HistoryExpired when it fell behind the floor. */
export async function* readMessages(deps: ReaderDeps, options: ReaderOptions): AsyncGenerator<EntryBatch, void> {
  const { link, lease, closed } = deps;
  const { stream, filters, from, head, heartbeatMs, signal } = options;
  if (signal.aborted || closed.aborted) return;
  const matches = matchPrefixed(options.subjects, options.prefix);
  const assembler = new AppendAssembler(matches, from);
  const follower = new Follower(link, { stream, filters, after: from, head, heartbeatMs });
  const stop = (): void => follower.stop();
  signal.addEventListener('abort', stop, { once: true });
  closed.addEventListener('abort', stop, { once: true });
  let position = from;
  let announced: EntryBatch | undefined;
  try {
    for (;;) {
      const events = await follower.take();
      if (events.length === 0 || signal.aborted) return;
      if (!isContiguous(events, position)) await checkFloor(lease, position, signal);
      if (isAborted(signal)) return;
      for (const event of events) {
        position = event.kind === 'message' ? event.message.revision : event.through;
        if (event.kind === 'message') assembler.accept(event.message);
        else assembler.searched(event.through);
        if (assembler.readyCount >= batchMaxEntries) yield (announced = batchOf(deps, assembler, head));
        if (isAborted(signal)) return;
      }
      const isNews =
        assembler.readyCount > 0 ||
        announced === undefined ||
        assembler.through > announced.through ||
        (assembler.through >= head && !announced.isCaughtUp);
      if (isNews) yield (announced = batchOf(deps, assembler, head));
      if (isAborted(signal)) return;
    }
  } finally {
    stop();
    signal.removeEventListener('abort', stop);
    closed.removeEventListener('abort', stop);
  }
}

/** A function, since the compiler takes `aborted` for a constant. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function batchOf(deps: ReaderDeps, assembler: AppendAssembler, head: Revision): EntryBatch {
  const entries = assembler.take().map(deps.toEntry);
  return { entries, through: assembler.through, isCaughtUp: assembler.through >= head };
}

/** Patterns of the port, for subjects as they are in the stream. */
export function matchPrefixed(patterns: readonly string[], prefix: string): (subject: string) => boolean {
  const matches = compileSubjects(patterns);
  return (subject) => matches(subject.slice(prefix.length + 1));
}

/** Adjacent sequences: nothing can have been dropped in between. */
function isContiguous(events: readonly FollowEvent[], position: Revision): boolean {
  let expected = position;
  for (const event of events) {
    if (event.kind === 'message' && event.message.revision !== ++expected) return false;
    if (event.kind === 'searched' && event.through !== expected) return false;
  }
  return true;
}

/** Throws HistoryExpired when something after `position` may have been dropped. Waits for an answer as long as it takes. */
async function checkFloor(lease: FloorLease, position: Revision, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let floor: Revision | undefined;
    try {
      floor = await lease.floorAbove(position);
    } catch {
      // Without an answer nothing is handed on; the server will be back.
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
      continue;
    }
    if (floor !== undefined) throw new HistoryExpired(floor);
    return;
  }
}

/** As `toEntry`, without the log's prefix on the subject. */
export function entryWithoutPrefix(message: StoredMessage, prefix: string, memo: unknown): Entry {
  return toEntry(message, message.subject.slice(prefix.length + 1), memo);
}
