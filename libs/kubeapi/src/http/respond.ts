import { stringify } from 'yaml';
import type { Status } from '../errors/status.ts';
import type { Exchange, ResponseHeaders } from './exchange.ts';
import type { Negotiated } from './media-type.ts';

const jsonHeaders: ResponseHeaders = { 'cache-control': 'no-cache, private', 'content-type': 'application/json' };
const yamlHeaders: ResponseHeaders = { 'cache-control': 'no-cache, private', 'content-type': 'application/yaml' };
const textHeaders: ResponseHeaders = {
  'cache-control': 'no-cache, private',
  'content-type': 'text/plain; charset=utf-8',
  'x-content-type-options': 'nosniff',
};

/** JSON that exists as bytes already. `warnings` become `Warning` headers. */
export function respondJsonBytes(
  exchange: Exchange,
  status: number,
  bytes: Uint8Array | string,
  warnings: readonly string[] = [],
): void {
  exchange.respond(status, withWarnings(jsonHeaders, warnings), bytes);
}

export function respondValue(
  exchange: Exchange,
  status: number,
  value: unknown,
  format: Negotiated['format'] = 'json',
  warnings: readonly string[] = [],
): void {
  if (format === 'yaml') exchange.respond(status, withWarnings(yamlHeaders, warnings), stringify(value));
  else exchange.respond(status, withWarnings(jsonHeaders, warnings), JSON.stringify(value) + '\n');
}

export function respondText(exchange: Exchange, status: number, text: string): void {
  exchange.respond(status, textHeaders, text);
}

/** No API lives at this path: answered as a plain web server would. */
export function respondNothingHere(exchange: Exchange): void {
  respondText(exchange, 404, '404 page not found\n');
}

export function respondStatus(exchange: Exchange, status: Status, warnings: readonly string[] = []): void {
  const retryAfterSeconds = status.details?.retryAfterSeconds;
  const headers = withWarnings(jsonHeaders, warnings);
  exchange.respond(
    status.code ?? 200,
    retryAfterSeconds === undefined ? headers : { ...headers, 'retry-after': String(retryAfterSeconds) },
    JSON.stringify(status) + '\n',
  );
}

function withWarnings(headers: ResponseHeaders, warnings: readonly string[]): ResponseHeaders {
  if (warnings.length === 0) return headers;
  const distinct = [...new Set(warnings)];
  return { ...headers, warning: distinct.map((text) => `299 - ${quote(text)}`) };
}

/** Header values are Latin-1 without control characters; anything else would make Node refuse the whole answer. */
function quote(text: string): string {
  // oxlint-disable-next-line no-control-regex
  const printable = text.replace(/[^\x20-\x7e]/g, '?').slice(0, 2000);
  return `"${printable.replace(/["\\]/g, '\\$&')}"`;
}
