import { targetKey } from '@flotilla/member/object-target';
import type { ObjectTarget } from '@flotilla/member/object-target';

/**
 * Clusters that leave, and what is still to be heard from each: a namespace is released when its marks are off, or when the member would not let us. Marks that stay do no harm,
 * so nothing waits for a member that refuses.
 */
export class NamespaceRelease {
  readonly #waiting = new Map<string, Set<string>>();
  readonly #onReleased: (cluster: string) => void;

  constructor(onReleased: (cluster: string) => void) {
    this.#onReleased = onReleased;
  }

  isRunning(cluster: string): boolean {
    return this.#waiting.has(cluster);
  }

  /** Told when all targets are settled: at once if there are none. */
  begin(cluster: string, targets: readonly ObjectTarget[]): void {
    this.#waiting.set(cluster, new Set(targets.map(targetKey)));
    this.#tell(cluster);
  }

  settle(cluster: string, key: string): void {
    if (this.#waiting.get(cluster)?.delete(key) === true) this.#tell(cluster);
  }

  /** The cluster is gone, or its engine is a new one: begins anew. */
  forget(cluster: string): void {
    this.#waiting.delete(cluster);
  }

  #tell(cluster: string): void {
    if (this.#waiting.get(cluster)?.size === 0) this.#onReleased(cluster);
  }
}
