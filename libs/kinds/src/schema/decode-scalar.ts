import { formatQuantity, tryParseQuantity } from '../quantity.ts';
import type { ScalarNode } from '../schema-node.ts';

/** Where {@link decodeScalar} tells of values that it can't read. */
export interface ScalarProblems {
  /** `shown`: what the message calls the value, instead of its JSON type. */
  mismatch(value: unknown, typeName: string, shown?: string): void;
  fail(message: string): void;
}

/** A value as a typed server reads and prints it again. */
export function decodeScalar(value: unknown, node: ScalarNode, problems: ScalarProblems): unknown {
  switch (node.type) {
    case 'string':
      return decodeText(value, node, problems);
    case 'integer':
      if (typeof value === 'number') {
        if (Number.isInteger(value) && isInRange(value, node.format)) return value;
        problems.mismatch(value, typeNameOf(node), `number ${value}`);
        return value;
      }
      break;
    case 'number':
      if (typeof value === 'number') return value;
      break;
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'int-or-string':
      if (typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value))) return value;
      break;
  }
  problems.mismatch(value, typeNameOf(node));
  return value;
}

function decodeText(value: unknown, node: ScalarNode, problems: ScalarProblems): unknown {
  if (node.format === 'quantity' && (typeof value === 'string' || typeof value === 'number')) {
    if (typeof value === 'string' && canonicalQuantityPattern.test(value)) return value;
    const quantity = tryParseQuantity(value);
    if (quantity !== undefined) return formatQuantity(quantity);
    problems.fail(quantityComplaint);
    return value;
  }
  if (typeof value !== 'string') {
    problems.mismatch(value, typeNameOf(node));
    return value;
  }
  switch (node.format) {
    case 'byte':
      return decodeBytes(value, problems);
    case 'date-time':
      return decodeTime(value, problems);
    case 'micro-time':
      return decodeMicroTime(value, problems);
    default:
      return value;
  }
}

/** Most quantities in manifests: surely canonical, so nothing needs parsing. (1024Ki, 1000m and the like are left to the parser.) */
const canonicalQuantityPattern = /^[1-9][0-9]{0,2}(?:m|Mi|Gi|Ki)?$/;

const quantityComplaint = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const base64Pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const base64Alphabet = /[^A-Za-z0-9+/]/;

function decodeBytes(value: string, problems: ScalarProblems): string {
  const text = /[\r\n]/.test(value) ? value.replaceAll(/[\r\n]/g, '') : value;
  if (!isBase64(text)) {
    const bad = text.search(base64Alphabet);
    problems.fail(
      `illegal base64 data at input byte ${bad < 0 || text[bad] === '=' ? text.length - (text.length % 4) : bad}`,
    );
  }
  return text;
}

/** The regular expression alone would overflow its stack on values of a megabyte. */
function isBase64(text: string): boolean {
  if (text.length % 4 !== 0) return false;
  const sliceLength = 4096;
  for (let start = 0; start < text.length; start += sliceLength) {
    const slice = text.slice(start, start + sliceLength);
    if (!base64Pattern.test(slice)) return false;
    if (slice.endsWith('=') && start + sliceLength < text.length) return false;
  }
  return true;
}

const secondsPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Whole seconds in UTC. */
function decodeTime(value: string, problems: ScalarProblems): string {
  if (secondsPattern.test(value)) return value;
  const epochMs = timePattern.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(epochMs)) {
    problems.fail(timeComplaint(value, '2006-01-02T15:04:05Z07:00', '2006'));
    return value;
  }
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}

const microsPattern = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\.(\d{6})(Z|[+-]\d{2}:\d{2})$/;

/** Microseconds in UTC; the six digits may not be missing. */
function decodeMicroTime(value: string, problems: ScalarProblems): string {
  const match = microsPattern.exec(value);
  if (match?.[3] === 'Z') return value;
  const epochMs = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(epochMs)) {
    const layout = '2006-01-02T15:04:05.000000Z07:00';
    problems.fail(
      secondsPattern.test(value) ? timeComplaint(value, layout, '.000000', 'Z') : timeComplaint(value, layout, '2006'),
    );
    return value;
  }
  return `${new Date(epochMs).toISOString().slice(0, 19)}.${match?.[2]}Z`;
}

function timeComplaint(value: string, layout: string, wanted: string, rest: string = value): string {
  return `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as "${wanted}"`;
}

function isInRange(value: number, format: string | undefined): boolean {
  return format !== 'int32' || (value >= -2_147_483_648 && value <= 2_147_483_647);
}

function typeNameOf(node: ScalarNode): string {
  return node.typedAs ?? node.type;
}
