/** Which part of a service's work this replica does. */
export interface Partitions {
  /** Number of partitions; all replicas of a service agree on it. */
  readonly count: number;
  /**
   * True: this replica, and no other, acts on the key now. Asked right before each act, at no cost to speak of. What was begun while it was true may still end up in
   * the log afterwards: writes go by compare-and-set anyway, so one that comes too late is refused.
   */
  owns(key: string): boolean;
  /** The term of ownership of the key's partition: grows with each change of owner. Undefined: not owned. */
  epochOf(key: string): number | undefined;
  /** Owned partitions, ascending, with their epochs. */
  owned(): ReadonlyMap<number, number>;
  /** Tells of every change from now on, and first of what is owned already. Returns how to unsubscribe. */
  onChange(listener: PartitionListener): () => void;
  start(): void;
  /** Gives everything up, in order: listeners are told, then others. Resolves within a bounded time, even if the log takes no writes. */
  stop(): Promise<void>;
}

export interface PartitionChange {
  readonly gained: readonly number[];
  /** `owns` is false for them already. */
  readonly lost: readonly number[];
}

/** For lost partitions others are let in once the promise has settled, or after a second. */
export type PartitionListener = (change: PartitionChange) => void | Promise<void>;
