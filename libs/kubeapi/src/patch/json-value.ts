/** The few operations on parsed JSON that reads, writes and patches need. */

export type JsonRecord = Readonly<Record<string, unknown>>;
export type MutableRecord = Record<string, unknown>;

/** True for a JSON object: neither null, list nor scalar. */
export function isRecord(value: unknown): value is MutableRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** The member's value, or `undefined`; never what every JavaScript object inherits (`constructor`, `__proto__`). */
export function memberOf(record: JsonRecord, key: string): unknown {
  const value = record[key];
  return typeof value === 'function' || value === Object.prototype ? undefined : value;
}

/** Sets a member as JSON.parse does: `__proto__` becomes an ordinary member and never changes the prototype. */
export function setMember(record: MutableRecord, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    record[key] = value;
  }
}

/** Deep copy of JSON: cheaper than structuredClone, which also has to think of cycles and classes. */
export function cloneJson<T>(value: T): T {
  return clone(value) as T;
}

function clone(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) {
    const copy: unknown[] = [];
    for (const item of value) copy.push(clone(item));
    return copy;
  }
  const copy: MutableRecord = {};
  const source = value as JsonRecord;
  for (const key in source) setMember(copy, key, clone(source[key]));
  return copy;
}

/** Equality of JSON values; the order of members does not count, absent and `undefined` members are the same. */
export function equalJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (isList(left)) {
    if (!isList(right) || left.length !== right.length) return false;
    return left.every((item, index) => equalJson(item, right[index]));
  }
  return !isList(right) && equalRecords(left as JsonRecord, right as JsonRecord);
}

function equalRecords(left: JsonRecord, right: JsonRecord): boolean {
  for (const key of Object.keys(left)) {
    const value = left[key];
    if (value !== undefined && !(Object.hasOwn(right, key) && equalJson(value, right[key]))) return false;
  }
  for (const key of Object.keys(right)) {
    if (right[key] !== undefined && (!Object.hasOwn(left, key) || left[key] === undefined)) return false;
  }
  return true;
}

/** JSON text with sorted members: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value ?? null);
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${members.join(',')}}`;
}

/** A name for the type of a JSON value, for messages. */
export function jsonTypeOf(value: unknown): 'null' | 'list' | 'map' | 'string' | 'number' | 'boolean' {
  if (value === null || value === undefined) return 'null';
  if (isList(value)) return 'list';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return typeof value as 'string' | 'number' | 'boolean';
  }
  return 'map';
}
