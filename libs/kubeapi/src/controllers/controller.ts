import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { ObjectStore } from '@flotilla/store/object-store';
import type { Report } from '../api-report.ts';

/** A loop that keeps one promise of the API, from what the store says. */
export interface Controller {
  /** Looks at everything that is there and follows what comes. */
  start(): void;
  stop(): void;
  /** For tests and shutdown: nothing left to do at this moment. */
  idle(): Promise<void>;
}

export interface ControllerDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly now: () => number;
  readonly newUid: () => string;
  readonly report: Report;
}

/** Thrown when another writer was faster: the queue tries again from fresh state. */
export class LostRace extends Error {
  override readonly name = 'LostRace';
}
