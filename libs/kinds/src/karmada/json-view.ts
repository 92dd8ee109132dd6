/**
 * Writable, defensive views of a draft for defaulting, which runs before anything is known to have the right type: what has another type than
 * expected reads as absent and is left for validation to refuse.
 */
export type JsonRecord = Record<string, unknown>;

export function recordAt(parent: unknown, key: string): JsonRecord | undefined {
  return asRecord(asRecord(parent)?.[key]);
}

/** The items that are objects. */
export function recordsAt(parent: unknown, key: string): readonly JsonRecord[] {
  const value = asRecord(parent)?.[key];
  return Array.isArray(value) ? value.filter((item) => asRecord(item) !== undefined) : [];
}

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function asRecord(value: unknown): JsonRecord | undefined {
  return isJsonRecord(value) ? value : undefined;
}

function isJsonRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
