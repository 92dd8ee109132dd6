import type { JetStreamManager, StoredMsg } from '@nats-io/jetstream';
import { headers as newHeaders } from '@nats-io/nats-core';

import type { Revision } from '../event-log.ts';
import type { NatsLink } from './nats-link.ts';
import { errorFromNats, readPublishAnswer } from './server-answer.ts';

/** How far the history of a log has been dropped; kept in the control stream. */
export interface FloorRecord {
  /** The smallest `from` that can be read. Raised before anything is dropped. */
  readonly floor: Revision;
  /** Everything superseded up to here has been dropped: where the next compaction goes on. */
  readonly purged: Revision;
  /** Who is dropping at the moment, so that not everybody does the same work; empty = nobody. */
  readonly worker: string;
}

export interface StoredFloor extends FloorRecord {
  /** Where the record is in the control stream, for compare-and-set; 0 = there is none. */
  readonly sequence: number;
}

/** Where the floor of one log is kept. */
export interface FloorPlace {
  readonly controlStream: string;
  readonly subject: string;
}

/** Asks the stream's leader: an answer from a replica that lags would let a reader miss what was dropped. */
export async function readFloor(manager: JetStreamManager, place: FloorPlace): Promise<StoredFloor> {
  let stored: StoredMsg | null;
  try {
    stored = await manager.streams.getMessage(place.controlStream, { last_by_subj: place.subject });
  } catch (error) {
    throw errorFromNats(error);
  }
  if (stored === null) return { floor: 0, purged: 0, worker: '', sequence: 0 };
  const { floor, purged, worker } = stored.json<FloorRecord>();
  return { floor, purged, worker, sequence: stored.seq };
}

/** False when somebody else has changed the record since it was read. Throws LogUnavailable. */
export async function writeFloor(
  link: NatsLink,
  place: FloorPlace,
  record: FloorRecord,
  expectSequence: number,
): Promise<boolean> {
  const exchange = link.openExchange();
  try {
    const headers = newHeaders();
    headers.set('Nats-Expected-Last-Subject-Sequence', String(expectSequence));
    const body = Buffer.from(JSON.stringify({ floor: record.floor, purged: record.purged, worker: record.worker }));
    link.publish(place.subject, body, headers, exchange.replyTo);
    const reply = await exchange.reply(link.requestTimeoutMs);
    // Unanswered: perhaps written, perhaps not. Whoever reads the record next finds out.
    return typeof reply !== 'string' && readPublishAnswer(reply).kind === 'stored';
  } finally {
    exchange.close();
  }
}

/**
 * What a reader may rely on. The compactor raises the floor and only after `graceMs` drops anything; so who has seen the floor at a certain time knows that nothing
 * above it was dropped for that long. Readers use half of the time; beyond it they ask again, after they received what they want to hand on.
 */
export class FloorLease {
  readonly #read: () => Promise<Revision>;
  readonly #leaseMs: number;
  #floor: Revision = 0;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #renewal: Promise<Revision> | undefined;

  constructor(read: () => Promise<Revision>, graceMs: number) {
    this.#read = read;
    this.#leaseMs = graceMs / 2;
  }

  /** Resolves to the floor if it's above `position`, else to undefined: then nothing after `position` had been dropped when this was called. */
  async floorAbove(position: Revision): Promise<Revision | undefined> {
    const ageMs = performance.now() - this.#askedAtMs;
    if (ageMs > this.#leaseMs) await this.ask();
    // Renewed ahead of time and in the background, so that busy readers never wait for it.
    else if (ageMs > this.#leaseMs / 2) void this.#renew();
    return this.#floor > position ? this.#floor : undefined;
  }

  async #renew(): Promise<void> {
    if (this.#renewal !== undefined) return;
    this.#renewal = this.ask();
    try {
      await this.#renewal;
    } catch {
      // Asked again when the lease is over, and then it counts.
    } finally {
      this.#renewal = undefined;
    }
  }

  /** The floor as it is now. Throws LogUnavailable. */
  async ask(): Promise<Revision> {
    const askedAtMs = performance.now();
    const floor = await this.#read();
    this.#floor = Math.max(this.#floor, floor);
    this.#askedAtMs = Math.max(this.#askedAtMs, askedAtMs);
    return this.#floor;
  }
}
