import type { ObservedObject } from './observed-object.ts';
import type { RawWatchEvent } from './watch-lines.ts';

/**
 * Folds watch events per object and hands them on in slices, so that a burst of status updates neither is parsed event by event nor holds up writes. Bounded by the
 * number of objects; raw bytes kept for updates are bounded by `bytesMax`, oldest dropped first.
 */
export interface ObservationBufferDeps {
  readonly take: (event: RawWatchEvent, resource: string) => void;
  /** Writes are waiting: observations may wait longer. */
  readonly isBusy: () => boolean;
  readonly bytesMax: number;
}

const delayMs = 20;
/** Under load an observation waits at most this long. */
const delayMaxMs = 400;
const sliceSize = 100;

export class ObservationBuffer {
  readonly #deps: ObservationBufferDeps;
  readonly #pending = new Map<string, { readonly event: RawWatchEvent; readonly resource: string }>();
  readonly #kept = new Set<ObservedObject>();
  #keptBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #waitedMs = 0;

  constructor(deps: ObservationBufferDeps) {
    this.#deps = deps;
  }

  add(resource: string, event: RawWatchEvent): void {
    const key = `${resource}/${event.namespace}/${event.name}`;
    this.#pending.set(key, { event, resource });
    this.#schedule(delayMs);
  }

  /** The resource is listed anew: events from before the list would bring back what is gone. */
  drop(resource: string): void {
    for (const [key, pending] of this.#pending) if (pending.resource === resource) this.#pending.delete(key);
  }

  /** Keeps the raw form of an observation while memory allows. */
  keep(observed: ObservedObject): void {
    observed.compact();
    if (observed.sizeBytes === 0) return;
    this.#kept.add(observed);
    this.#keptBytes += observed.sizeBytes;
    for (const oldest of this.#kept) {
      if (this.#keptBytes <= this.#deps.bytesMax) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= oldest.sizeBytes;
      oldest.forgetObject();
    }
  }

  /** The observation was replaced by a newer one. */
  release(observed: ObservedObject): void {
    if (this.#kept.delete(observed)) this.#keptBytes -= observed.sizeBytes;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#pending.clear();
    this.#kept.clear();
  }

  #schedule(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#waitedMs += ms;
      if (this.#deps.isBusy() && this.#waitedMs < delayMaxMs) this.#schedule(delayMs * 2);
      else this.#drain();
    }, ms);
  }

  #drain(): void {
    let taken = 0;
    for (const [key, { event, resource }] of this.#pending) {
      this.#pending.delete(key);
      this.#deps.take(event, resource);
      if (++taken >= sliceSize) break;
    }
    if (this.#pending.size > 0) this.#schedule(this.#deps.isBusy() ? delayMs : 1);
    else this.#waitedMs = 0;
  }
}
