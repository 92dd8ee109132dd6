/**
 * The three RFC 6902 operations that overriders use, on immutable documents: the result shares everything off the changed path with the original.
 *
 * `add` needs an existing parent and inserts into lists (`-` appends); `replace` and `remove` need an existing target.
 */
import { isFields } from '@flotilla/interpreter/object-field';
import type { Fields } from '@flotilla/interpreter/object-field';
import { OverrideFailure } from './override-failure.ts';
import { formatPointer, parsePointer } from './json-pointer.ts';

export interface PatchOperation {
  readonly operator: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

/** Throws OverrideFailure when the place does not exist or the pointer is malformed. */
export function applyPatch(document: unknown, operation: PatchOperation): unknown {
  const segments = parsePointer(operation.path);
  if (segments === undefined) throw new OverrideFailure(operation.path, 'not a JSON pointer: it must start with "/"');
  if (segments.length === 0) {
    if (operation.operator === 'remove') throw new OverrideFailure('', 'the whole object cannot be removed');
    return operation.value ?? null;
  }
  return change(document, segments, 0, operation);
}

/** `undefined` when there is nothing at the place. */
export function valueAtPointer(document: unknown, segments: readonly string[]): unknown {
  let value = document;
  for (const segment of segments) {
    if (Array.isArray(value)) value = value[indexOf(segment) ?? -1];
    else if (isFields(value) && Object.hasOwn(value, segment)) value = value[segment];
    else return undefined;
  }
  return value;
}

function change(parent: unknown, segments: readonly string[], depth: number, operation: PatchOperation): unknown {
  const segment = segments[depth] ?? '';
  const isLast = depth === segments.length - 1;
  if (Array.isArray(parent)) {
    return isLast
      ? changeItem(parent, segment, segments, operation)
      : withItem(parent, segment, segments, depth, operation);
  }
  if (!isFields(parent)) throw missing(segments, depth - 1, operation);
  if (isLast) return changeField(parent, segment, segments, operation);
  if (!Object.hasOwn(parent, segment)) throw missing(segments, depth, operation);
  return { ...parent, [segment]: change(parent[segment], segments, depth + 1, operation) };
}

function changeField(
  parent: Fields,
  key: string,
  segments: readonly string[],
  { operator, value }: PatchOperation,
): Fields {
  if (operator !== 'add' && !Object.hasOwn(parent, key)) {
    throw new OverrideFailure(formatPointer(segments), `cannot ${operator}: there is no such field`);
  }
  const copy: Record<string, unknown> = { ...parent };
  if (operator === 'remove') delete copy[key];
  else setOwn(copy, key, value ?? null);
  return copy;
}

/** A field may be called `__proto__`. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

function changeItem(
  list: readonly unknown[],
  segment: string,
  segments: readonly string[],
  { operator, value }: PatchOperation,
): readonly unknown[] {
  const index = segment === '-' && operator === 'add' ? list.length : indexOf(segment);
  const limit = operator === 'add' ? list.length : list.length - 1;
  if (index === undefined || index > limit) {
    throw new OverrideFailure(formatPointer(segments), `cannot ${operator}: the list has ${list.length} items`);
  }
  switch (operator) {
    case 'add':
      return list.toSpliced(index, 0, value ?? null);
    case 'remove':
      return list.toSpliced(index, 1);
    case 'replace':
      return list.with(index, value ?? null);
  }
}

function withItem(
  list: readonly unknown[],
  segment: string,
  segments: readonly string[],
  depth: number,
  operation: PatchOperation,
): readonly unknown[] {
  const index = indexOf(segment);
  if (index === undefined || index >= list.length) throw missing(segments, depth, operation);
  return list.with(index, change(list[index], segments, depth + 1, operation));
}

function indexOf(segment: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,8})$/.test(segment) ? Number(segment) : undefined;
}

function missing(segments: readonly string[], depth: number, { operator }: PatchOperation): OverrideFailure {
  const parent = formatPointer(segments.slice(0, depth + 1));
  return new OverrideFailure(
    formatPointer(segments),
    `cannot ${operator}: there is nothing to change within ${parent}`,
  );
}
