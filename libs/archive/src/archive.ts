/** The archive as a whole, on any store. */
import type { Revision } from '@flotilla/log/event-log';

import type { ArchiveStore } from './archive-store.ts';
import type { CollectionName } from './collections.ts';
import { createObjectHistory, type ObjectHistory } from './object-history.ts';
import { createUsageSeries, type UsageSeries } from './usage-series.ts';

/** How long documents are kept, in milliseconds. What was the state within that time is kept as well, however old it was by then. */
export interface KeptMs {
  readonly revisions: number;
  readonly decisions: number;
  readonly usageRaw: number;
  readonly usage5m: number;
  readonly usage1h: number;
}

const dayMs = 24 * 60 * 60_000;

export const keptMsDefault: KeptMs = {
  revisions: 30 * dayMs,
  decisions: 30 * dayMs,
  usageRaw: 2 * dayMs,
  usage5m: 14 * dayMs,
  usage1h: 400 * dayMs,
};

export interface Archive {
  readonly store: ArchiveStore;
  readonly keptMs: KeptMs;
  readonly objects: ObjectHistory;
  readonly usage: UsageSeries;
  readonly cursors: DeliveryCursors;
  /** Everything that the log had up to this revision is in the archive (or in a recorded gap); 0 = nothing yet. */
  head(): Promise<Revision>;
}

/** How far each delivery has come. One position a name, moved by compare-and-set. */
export interface DeliveryCursors {
  /** 0 = there is none. */
  get(name: string): Promise<Revision>;
  /** Moves the cursor from `expect` (0 = makes it). A lost race is a result. */
  move(name: string, expect: Revision, to: Revision): Promise<CursorMove>;
}

export type CursorMove = { readonly kind: 'moved' } | { readonly kind: 'conflict'; readonly actual: Revision };

export const archiverCursor = 'archiver';
const deliveryPrefix = 'delivery/';

/** What ages by itself, for stores that can let it expire: pass it as `expireAfterMs`. */
export function expireAfterMsOf(keptMs: KeptMs): Readonly<Partial<Record<CollectionName, number>>> {
  const { decisions, usageRaw, usage5m, usage1h } = keptMs;
  return { decisions, usageRaw, usage5m, usage1h };
}

export interface ArchiveDeps {
  readonly store: ArchiveStore;
  readonly now: () => number;
}

export function createArchive({ store, now }: ArchiveDeps, keptMs: KeptMs = keptMsDefault): Archive {
  async function positionOf(name: string): Promise<Revision> {
    return (await store.find('cursors', { where: { _id: name }, limit: 1 })).documents[0]?.revision ?? 0;
  }
  return {
    store,
    keptMs,
    objects: createObjectHistory(store),
    usage: createUsageSeries(store, { keptMs }),
    cursors: {
      get: (name) => positionOf(deliveryPrefix + name),
      move: async (name, expect, to) => {
        if (await store.moveCursor(deliveryPrefix + name, expect, { revision: to, timeMs: now() }))
          return { kind: 'moved' };
        return { kind: 'conflict', actual: await positionOf(deliveryPrefix + name) };
      },
    },
    head: () => positionOf(archiverCursor),
  };
}
