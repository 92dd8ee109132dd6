/** RFC 3339 in UTC with whole seconds, as every timestamp in metadata and status is written. */
export function timestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
