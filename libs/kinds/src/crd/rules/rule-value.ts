/**
 * JSON as CEL sees it through a schema: integers, numbers, times and spans are told apart, members of structures have names that CEL can spell, and what the
 * schema doesn't know isn't there.
 */
import { Buffer } from 'node:buffer';
import type { ObjectNode, SchemaNode } from '../../schema-node.ts';
import { momentValue, spanValue, type RuleValue } from './cel-engine.ts';

type Members = Readonly<Record<string, unknown>>;

export function ruleValue(value: unknown, node: SchemaNode): RuleValue {
  if (value === null || value === undefined) return null;
  switch (node.kind) {
    case 'object':
      return isRecord(value) ? objectValue(value, node) : plainValue(value);
    case 'map':
      return isRecord(value) ? mapOf(value, (member) => ruleValue(member, node.values)) : plainValue(value);
    case 'list':
      return Array.isArray(value) ? value.map((item) => ruleValue(item, node.items)) : plainValue(value);
    case 'scalar':
      if (typeof value === 'number' && node.type === 'number') return value;
      return typeof value === 'string' ? textValue(value, node.format) : plainValue(value);
    case 'any':
      return plainValue(value);
  }
}

function objectValue(value: Members, { fields }: ObjectNode): RuleValue {
  const members = new Map<string, RuleValue>();
  for (const [name, field] of fields) {
    const member = value[name];
    if (member !== undefined) members.set(escapedName(name), ruleValue(member, field.node));
  }
  return members;
}

/** Values without a schema of their own. */
function plainValue(value: unknown): RuleValue {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(plainValue);
  return isRecord(value) ? mapOf(value, plainValue) : null;
}

function mapOf(value: Members, valueOf: (member: unknown) => RuleValue): RuleValue {
  return new Map(Object.entries(value).map(([name, member]) => [name, valueOf(member)]));
}

function textValue(text: string, format: string | undefined): RuleValue {
  switch (format) {
    case 'byte':
      return new Uint8Array(Buffer.from(text, 'base64'));
    case 'date':
    case 'date-time': {
      const timeMs = Date.parse(text);
      return Number.isNaN(timeMs) ? text : momentValue(timeMs);
    }
    case 'duration': {
      const nanos = spanNanos(text);
      return nanos === undefined ? text : spanValue(nanos);
    }
    default:
      return text;
  }
}

const unitNanos: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** `1h30m`, `-1.5s`; undefined for anything else. */
function spanNanos(text: string): bigint | undefined {
  const match = /^([+-]?)((?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+)$/.exec(text);
  if (match === null) return text === '0' ? 0n : undefined;
  let nanos = 0;
  for (const [, amount = '', unit = ''] of (match[2] ?? '').matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    nanos += Number(amount) * (unitNanos[unit] ?? 0);
  }
  return BigInt(Math.round(match[1] === '-' ? -nanos : nanos));
}

/** Words that CEL keeps for itself. */
const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A field's name as rules spell it. */
export function escapedName(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
