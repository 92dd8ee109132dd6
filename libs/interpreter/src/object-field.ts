/** Reading and copy-on-write changing of plain JSON objects whose shape is not trusted: a missing or mistyped field reads as absent, never throws. */

export type Fields = Readonly<Record<string, unknown>>;

const noFields: Fields = Object.freeze({});
const noItems: readonly unknown[] = Object.freeze([]);

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value itself when it is an object, else an empty one. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : noFields;
}

export function fieldsAt(fields: Fields, key: string): Fields {
  return fieldsOf(fields[key]);
}

export function listAt(fields: Fields, key: string): readonly unknown[] {
  const value = fields[key];
  return Array.isArray(value) ? value : noItems;
}

/** Zero when absent or not a number. */
export function numberAt(fields: Fields, key: string): number {
  const value = fields[key];
  return typeof value === 'number' ? value : 0;
}

/** `undefined` when absent, empty or not a string. */
export function textAt(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (!isFields(value)) return undefined;
    value = value[key];
  }
  return value;
}

/**
 * A copy of the object with one field replaced; everything off the path is shared with the original. `undefined` removes the field. Missing parents are made, unless the
 * field is being removed. Returns the object itself when nothing changes.
 */
export function withField<T extends Fields>(object: T, path: readonly string[], value: unknown): T {
  if (valueAt(object, path) === value) return object;
  return replaceAt(object, path, 0, value);
}

function replaceAt<T extends Fields>(object: T, path: readonly string[], depth: number, value: unknown): T {
  const key = path[depth];
  if (key === undefined) return object;
  if (depth < path.length - 1) {
    return { ...object, [key]: replaceAt(fieldsOf(object[key]), path, depth + 1, value) };
  }
  const copy: Record<string, unknown> = { ...object };
  if (value === undefined) delete copy[key];
  else copy[key] = value;
  return copy as T;
}

/** Equal as JSON, where null, zero, the empty string, and what holds nothing else count as absent: so typed clients read a status. */
export function isSameStatus(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSameStatus(item, right[index]));
  }
  if (!isFields(left) || !isFields(right)) return isZero(left) && isZero(right);
  for (const key in left) if (!isSameStatus(left[key], right[key])) return false;
  for (const key in right) if (!(key in left) && !isZero(right[key])) return false;
  return true;
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === 0 || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.values(value).every(isZero);
}
