/**
 * Bounds the history. A message is dropped when a newer one of its subject is at or below the floor, and a tombstone when it is at or below the floor itself. So at any
 * revision from the floor on the newest message of each subject is still there, whoever reads it and however slowly: `latest` needs no snapshot files.
 *
 * In three steps, each of which may be the last one before a crash: raise the floor (compare-and-set), wait until every reader has heard of it (FloorLease), drop, and note how far
 * that went. Any number of compactors may run: one says that it drops and the others wait, for a while; dropping twice would do no harm. The work follows what changed since
 * the last time.
 */
import { nuid } from '@nats-io/nats-core';

import type { Revision } from '../event-log.ts';
import { Follower } from './follower.ts';
import { readFloor, writeFloor, type FloorPlace, type StoredFloor } from './history-floor.ts';
import type { NatsLink } from './nats-link.ts';
import { errorFromNats } from './server-answer.ts';
import { decodeMessage } from './stored-message.ts';

const scanMaxMessages = 5_000;
/** Few: appends have precedence. */
const purgesAtOnce = 4;
/** A worker that hasn't been heard of for so many times the grace is given up. */
const worksForGraces = 3;
/** The floor moves in steps of this share of the history, not with every entry. */
const stepShare = 0.1;
const heartbeatMs = 1_000;

export interface CompactorOptions {
  readonly stream: string;
  readonly place: FloorPlace;
  /** Entries of history that are kept at least. */
  readonly historyMaxEntries: number;
  readonly graceMs: number;
  readonly head: () => Promise<Revision>;
}

/** What one step did. */
export type CompactionStep =
  | { readonly kind: 'raised'; readonly floor: Revision }
  | { readonly kind: 'purged'; readonly through: Revision; readonly subjects: number }
  /** Nothing to do, nothing to do yet, or somebody else was faster. */
  | { readonly kind: 'none' };

export class Compactor {
  readonly #link: NatsLink;
  readonly #options: CompactorOptions;
  readonly #name = nuid.next();
  /** Since when, by our clock, the record has been as it is. */
  #observed = { floor: -1, floorAtMs: 0, sequence: -1, sequenceAtMs: 0 };

  constructor(link: NatsLink, options: CompactorOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** Does the next step that is due. Throws LogUnavailable. */
  async step(signal: AbortSignal): Promise<CompactionStep> {
    const { place, graceMs } = this.#options;
    const record = await readFloor(this.#link.manager, place);
    const { floorAgeMs, sequenceAgeMs } = this.#observe(record);
    if (record.purged >= record.floor) return this.#raise(record);
    if (floorAgeMs < graceMs) return { kind: 'none' };
    const isOthers = record.worker !== '' && record.worker !== this.#name;
    if (isOthers && sequenceAgeMs < graceMs * worksForGraces) return { kind: 'none' };
    if (!(await writeFloor(this.#link, place, { ...record, worker: this.#name }, record.sequence)))
      return { kind: 'none' };
    return this.#purge(await readFloor(this.#link.manager, place), signal);
  }

  /** For how long, by our clock, the floor and the record have been as they are. */
  #observe({ floor, sequence }: StoredFloor): { readonly floorAgeMs: number; readonly sequenceAgeMs: number } {
    const nowMs = performance.now();
    const seen = this.#observed;
    this.#observed = {
      floor,
      floorAtMs: seen.floor === floor ? seen.floorAtMs : nowMs,
      sequence,
      sequenceAtMs: seen.sequence === sequence ? seen.sequenceAtMs : nowMs,
    };
    return { floorAgeMs: nowMs - this.#observed.floorAtMs, sequenceAgeMs: nowMs - this.#observed.sequenceAtMs };
  }

  async #raise(record: StoredFloor): Promise<CompactionStep> {
    const { historyMaxEntries, head, place } = this.#options;
    const candidate = (await head()) - historyMaxEntries;
    if (candidate - record.floor < Math.max(1, Math.floor(historyMaxEntries * stepShare))) return { kind: 'none' };
    const floor = await this.#startOfAppend(candidate);
    if (floor <= record.floor) return { kind: 'none' };
    const isWritten = await writeFloor(
      this.#link,
      place,
      { floor, purged: record.purged, worker: '' },
      record.sequence,
    );
    return isWritten ? { kind: 'raised', floor } : { kind: 'none' };
  }

  /** The last revision up to `candidate` at which no append is cut in two. */
  async #startOfAppend(candidate: Revision): Promise<Revision> {
    try {
      const stored = await this.#link.manager.streams.getMessage(this.#options.stream, { seq: candidate });
      if (stored === null) return candidate;
      const raw = { subject: stored.subject, data: stored.data, headers: stored.header };
      const { appendStart, appendEnd } = decodeMessage(raw, candidate, 0);
      return appendEnd === candidate ? candidate : appendStart - 1;
    } catch (error) {
      throw errorFromNats(error);
    }
  }

  async #purge(record: StoredFloor, signal: AbortSignal): Promise<CompactionStep> {
    const { place } = this.#options;
    if (record.worker !== this.#name) return { kind: 'none' };
    const { through, purges } = await this.#scan(record, signal);
    if (signal.aborted) return { kind: 'none' };
    for (let start = 0; start < purges.length && !signal.aborted; start += purgesAtOnce) {
      await Promise.all(purges.slice(start, start + purgesAtOnce).map((purge) => this.#drop(purge)));
    }
    if (signal.aborted) return { kind: 'none' };
    const isWritten = await writeFloor(
      this.#link,
      place,
      { floor: record.floor, purged: through, worker: '' },
      record.sequence,
    );
    return isWritten ? { kind: 'purged', through, subjects: purges.length } : { kind: 'none' };
  }

  async #drop({ subject, before }: Purge): Promise<void> {
    try {
      await this.#link.manager.streams.purge(this.#options.stream, { filter: subject, seq: before });
    } catch (error) {
      throw errorFromNats(error);
    }
  }

  /** Which subjects changed after `purged`, up to the floor or as many messages as one step may take. */
  async #scan({ purged, floor }: StoredFloor, signal: AbortSignal): Promise<{ through: Revision; purges: Purge[] }> {
    const { stream } = this.#options;
    const changed = new Map<string, Change>();
    let through = purged;
    let count = 0;
    const follower = new Follower(this.#link, {
      stream,
      filters: undefined,
      after: purged,
      head: floor,
      heartbeatMs,
      headersOnly: true,
    });
    const stop = (): void => follower.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      scan: for (;;) {
        const events = await follower.take();
        if (events.length === 0) break;
        for (const event of events) {
          through = Math.min(floor, event.kind === 'message' ? event.message.revision : event.through);
          if (event.kind === 'message' && event.message.revision <= floor) note(changed, event.message);
          if (through >= floor || ++count >= scanMaxMessages) break scan;
        }
      }
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
    return { through, purges: [...changed].flatMap(([subject, change]) => purgeOf(subject, change)) };
  }
}

interface Change {
  readonly isFirst: boolean;
  readonly last: Revision;
  readonly deleted: boolean;
}

interface Purge {
  readonly subject: string;
  /** The first sequence that stays. */
  readonly before: Revision;
}

function note(
  changed: Map<string, Change>,
  {
    subject,
    revision,
    deleted,
    replaced,
  }: { subject: string; revision: Revision; deleted: boolean; replaced: Revision | undefined },
): void {
  // Where the server has checked that there was no message before, there's none to drop.
  const isFirst = !changed.has(subject) && replaced === 0;
  changed.set(subject, { isFirst, last: revision, deleted });
}

function purgeOf(subject: string, { isFirst, last, deleted }: Change): readonly Purge[] {
  if (deleted) return [{ subject, before: last + 1 }];
  return isFirst ? [] : [{ subject, before: last }];
}
