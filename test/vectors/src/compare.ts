/**
 * Equality of recorded and computed answers: nulls, empty objects and empty lists count as absent, timestamps are compared as instants, conditions as sets by type,
 * resource quantities by value. Where both sides failed, the texts may differ.
 */
import { tryParseQuantity } from '@flotilla/kinds/quantity';

const differencesMax = 20;

/** One line a difference; none = equal. */
export function differences(want: unknown, got: unknown): readonly string[] {
  const lines: string[] = [];
  compare(normalise(want, []), normalise(got, []), '', lines);
  return lines.length <= differencesMax
    ? lines
    : [...lines.slice(0, differencesMax), `… and ${lines.length - differencesMax} more`];
}

function compare(want: unknown, got: unknown, path: string, lines: string[]): void {
  if (isRecord(want) && isRecord(got)) {
    const bothFailed = typeof want['error'] === 'string' && typeof got['error'] === 'string';
    for (const key of new Set([...Object.keys(want), ...Object.keys(got)])) {
      if (!bothFailed || key !== 'error') compare(want[key], got[key], `${path}.${key}`, lines);
    }
  } else if (Array.isArray(want) && Array.isArray(got)) {
    for (let index = 0; index < Math.max(want.length, got.length); index += 1) {
      compare(want[index], got[index], `${path}[${index}]`, lines);
    }
  } else if (want !== got) {
    lines.push(`${path === '' ? '.' : path}: want ${print(want)}, got ${print(got)}`);
  }
}

function print(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined = counts as absent. A list keeps the places of absent items unless all are absent. */
function normalise(value: unknown, path: readonly string[]): unknown {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return normaliseList(value, path);
  if (isRecord(value)) {
    const entries = Object.entries(value)
      .map(([key, field]) => [key, normalise(field, [...path, key])] as const)
      .filter(([, field]) => field !== undefined);
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  return normaliseScalar(value, path);
}

function normaliseList(list: readonly unknown[], path: readonly string[]): unknown {
  const items = list.map((item) => normalise(item, path) ?? null);
  if (items.every((item) => item === null)) return undefined;
  return path.at(-1) === 'conditions' ? items.toSorted(byType) : items;
}

function byType(left: unknown, right: unknown): number {
  return typeOf(left).localeCompare(typeOf(right));
}

function typeOf(condition: unknown): string {
  return isRecord(condition) ? String(condition['type']) : '';
}

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const quantityMaps = new Set([
  'allocatable',
  'allocated',
  'capacity',
  'allocatedResources',
  'hard',
  'limits',
  'requests',
  'resourceRequest',
  'used',
]);

function normaliseScalar(value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'string' && timestamp.test(value)) return new Date(value).toISOString();
  if (quantityMaps.has(path.at(-2) ?? '')) {
    const quantity = tryParseQuantity(value);
    if (quantity !== undefined) return `${quantity.nanos}n`;
  }
  return value;
}
