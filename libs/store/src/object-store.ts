import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Revision } from '@flotilla/log/event-log';

/**
 * Typed view over the state log: an in-memory cache fed by one ordered read, and writes with compare-and-set.
 *
 * Reads are synchronous from the cache. A write made through this store is visible to reads once `commit` has resolved. Objects are immutable and shared by all readers in the
 * process: parsed at most once per revision.
 */
export interface ObjectStore {
  /** Everything up to this revision is in the cache. */
  readonly revision: Revision;
  get(resource: ResourceId, namespace: string, name: string): StoredObject | undefined;
  /** All objects of a resource, or of one namespace, ordered by namespace, then name (the order of a list). */
  list(resource: ResourceId, namespace?: string): readonly StoredObject[];
  count(resource: ResourceId): number;
  /** All or none, durable when resolved. Never throws for a lost race. Throws LogUnavailable. */
  commit(writes: readonly ObjectWrite[], headers?: Readonly<Record<string, string>>): Promise<CommitResult>;
  /** Resolves when the cache has reached the revision; rejects with the signal's reason. */
  waitFor(revision: Revision, signal?: AbortSignal): Promise<void>;
  /**
   * Changes after `from`, in order, then live ones: the callback gets all changes of one log batch at once, synchronously after the cache took them. `from` = current revision for "from now". Returns an unsubscribe function, or `expired` when the retained window starts later.
   * The callback must be quick and must not throw; slow consumers queue on their own side, bounded.
   */
  subscribe(options: SubscribeOptions): Subscription | { readonly kind: 'expired'; readonly oldest: Revision };
}

export interface StoredObject {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
  readonly revision: Revision;
  /** Parsed lazily, once; `metadata.resourceVersion` is filled in. Immutable. */
  readonly object: KubeObject;
  /** The JSON as stored: `{"apiVersion":…,"kind":…,"metadata":{…` without resourceVersion. */
  readonly bytes: Uint8Array;
  /** The JSON to serve: `bytes` with resourceVersion spliced in as first field of metadata. No re-serialisation. */
  servedBytes(): Uint8Array;
  /** When the log took it. */
  readonly timeMs: number;
}

export interface ObjectWrite {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
  /** New state, or for `isDelete` the last state. The store owns the object from here on (it fills in resourceVersion); do not change it afterwards. */
  readonly object: KubeObject;
  readonly isDelete?: boolean;
  /** Revision of the live object, 0 = must not exist. Absent = unconditional. */
  readonly expect?: Revision;
}

export type CommitResult =
  | { readonly kind: 'committed'; readonly objects: readonly StoredObject[] }
  | { readonly kind: 'conflict'; readonly write: ObjectWrite; readonly actual: Revision };

export interface ObjectChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** For DELETED: last state, with the deletion's revision. */
  readonly object: StoredObject;
  /** State before, for MODIFIED and DELETED. */
  readonly previous: StoredObject | undefined;
  /** Headers of the log entry. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SubscribeOptions {
  /** Only these resources; absent = all. */
  readonly resources?: readonly ResourceId[];
  readonly from: Revision;
  readonly onChanges: (changes: readonly ObjectChange[], through: Revision) => void;
}

export interface Subscription {
  readonly kind: 'subscribed';
  unsubscribe(): void;
}
