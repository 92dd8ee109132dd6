/** Bounds of one API server. Everything a client can make grow has one. */
export interface ApiLimits {
  /** Bytes of a request body. */
  readonly bodyBytesMax: number;
  /** Bytes of a stored object. */
  readonly objectBytesMax: number;
  readonly readsInFlightMax: number;
  readonly writesInFlightMax: number;
  readonly watchesMax: number;
  /** Events that wait for one slow watcher. */
  readonly watchBufferEvents: number;
  /** Watches without `timeoutSeconds` end between this and twice this. */
  readonly watchTimeoutMs: number;
  readonly bookmarkIntervalMs: number;
  /** Lists cut into pages that are kept for their next page. */
  readonly listSnapshotsMax: number;
  /** Items over all kept lists. */
  readonly listSnapshotItemsMax: number;
  readonly listSnapshotTtlMs: number;
  /** How long a read waits for a resourceVersion that isn't there yet. */
  readonly freshnessTimeoutMs: number;
  /** Tries of a patch or unconditional update that loses races. */
  readonly conflictRetriesMax: number;
  readonly retryAfterSeconds: number;
}

export const defaultLimits: ApiLimits = {
  bodyBytesMax: 3 * 1024 * 1024,
  objectBytesMax: 1536 * 1024,
  readsInFlightMax: 400,
  writesInFlightMax: 800,
  watchesMax: 10_000,
  watchBufferEvents: 2000,
  watchTimeoutMs: 1_800_000,
  bookmarkIntervalMs: 60_000,
  listSnapshotsMax: 256,
  listSnapshotItemsMax: 500_000,
  listSnapshotTtlMs: 300_000,
  freshnessTimeoutMs: 3000,
  conflictRetriesMax: 8,
  retryAfterSeconds: 1,
};
