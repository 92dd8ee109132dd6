import { LogUnavailable, type Revision } from '../event-log.ts';
import type { NatsLink } from './nats-link.ts';
import { PullSession, type PullEvent } from './pull-session.ts';
import { errorFromNats } from './server-answer.ts';
import type { StoredMessage } from './stored-message.ts';

const pullMessages = 2_000;
const attemptsMax = 5;
const retryDelayMs = 100;

export interface Snapshot {
  readonly through: Revision;
  /** The newest message of each subject at `through`, tombstones too, in order. */
  readonly messages: readonly StoredMessage[];
}

export interface SnapshotOptions {
  readonly stream: string;
  readonly filters: readonly string[] | undefined;
  readonly matches: (subject: string) => boolean;
  readonly head: () => Promise<Revision>;
}

/**
 * The newest message of each subject. The server lists them when the consumer is made, delivers them, and goes on with what was stored meanwhile; folding these over the list
 * until the end of the stream gives the state at the last message delivered. Throws LogUnavailable.
 */
export async function readSnapshot(link: NatsLink, options: SnapshotOptions): Promise<Snapshot> {
  let cause = '';
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, retryDelayMs * attempt));
    if (!(await link.untilConnected(link.requestTimeoutMs))) break;
    const outcome = await attemptSnapshot(link, options);
    if (typeof outcome !== 'string') return outcome;
    cause = outcome;
  }
  throw new LogUnavailable('Unreachable', `NATS did not deliver the newest entries: ${cause || 'no connection'}`);
}

/** A string: why it has to be tried again. */
async function attemptSnapshot(link: NatsLink, options: SnapshotOptions): Promise<Snapshot | string> {
  const { stream, filters, matches, head } = options;
  const newest = new Map<string, StoredMessage>();
  const over = Promise.withResolvers<string | undefined>();
  let through = await head();
  let missing = 0;
  let session: PullSession | undefined;
  let watchdog: NodeJS.Timeout | undefined;
  const pull = (): void => {
    watchdog?.refresh();
    missing = pullMessages;
    session?.pull({ kind: 'present', batch: pullMessages });
  };
  const take = (event: PullEvent): void => {
    switch (event.kind) {
      case 'message': {
        const { message } = event;
        through = Math.max(through, message.revision);
        if (matches(message.subject)) {
          // Deleted first, so that the map stays in the order of revisions.
          newest.delete(message.subject);
          newest.set(message.subject, message);
        }
        if (--missing === 0) pull();
        return;
      }
      case 'end':
        return over.resolve(undefined);
      case 'idle':
        return;
      case 'over':
        return pull();
      case 'broken':
        return over.resolve(event.cause);
    }
  };
  const forget = link.onDisconnect(() => over.resolve('the connection was lost'));
  try {
    session = await PullSession.open(link, { stream, filters, start: 'last-per-subject' }, take);
    watchdog = setTimeout(() => over.resolve('no answer in time'), link.requestTimeoutMs);
    pull();
    const trouble = await over.promise;
    if (trouble !== undefined) return trouble;
  } catch (error) {
    throw errorFromNats(error);
  } finally {
    clearTimeout(watchdog);
    forget();
    session?.close();
  }
  const messages = [...newest.values()];
  // The list may have been made while an append was being stored.
  const isTorn = messages.some(({ appendEnd }) => appendEnd > through);
  return isTorn ? 'an append was being stored' : { through, messages };
}
