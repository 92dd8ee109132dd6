import { notAcceptable } from '../errors/api-errors.ts';

/** What the client wants an answer to look like. */
export interface Negotiated {
  readonly format: 'json' | 'yaml';
  /** `Table` and `PartialObjectMetadata(List)` of meta.k8s.io. */
  readonly as: 'object' | 'table' | 'metadata';
  /** Version of meta.k8s.io for the two, `v1` or `v1beta1`. */
  readonly metaVersion: string;
}

/** The aggregated form of discovery was asked for. */
export interface AggregatedDiscovery {
  readonly version: 'v2' | 'v2beta1';
}

const supported = ['application/json', 'application/yaml', 'application/json;stream=watch'] as const;
const plainJson: Negotiated = { format: 'json', as: 'object', metaVersion: 'v1' };

interface Range {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * Parses `Accept` headers. Clients send few distinct ones, so results are kept; the bound only guards against a hostile client.
 */
export class Negotiation {
  readonly #byHeader = new Map<string, Negotiated | null>();

  /** Throws 406 when nothing of the header can be served. */
  negotiate(accept: string | undefined): Negotiated {
    if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') return plainJson;
    let found = this.#byHeader.get(accept);
    if (found === undefined) {
      found = choose(parseAccept(accept)) ?? null;
      if (this.#byHeader.size >= 256) this.#byHeader.clear();
      this.#byHeader.set(accept, found);
    }
    if (found === null) throw notAcceptable(supported);
    return found;
  }
}

function choose(ranges: readonly Range[]): Negotiated | undefined {
  for (const { type, parameters } of ranges) {
    const format = formatOf(type);
    if (format === undefined) continue;
    const as = parameters.get('as');
    if (as === undefined) return { ...plainJson, format };
    const metaVersion = parameters.get('v') ?? 'v1';
    if (parameters.get('g') !== 'meta.k8s.io' || (metaVersion !== 'v1' && metaVersion !== 'v1beta1')) continue;
    if (as === 'Table') return { format, as: 'table', metaVersion };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList')
      return { format, as: 'metadata', metaVersion };
  }
  return undefined;
}

function formatOf(type: string): 'json' | 'yaml' | undefined {
  switch (type) {
    case 'application/json':
    case 'application/*':
    case '*/*':
      return 'json';
    case 'application/yaml':
      return 'yaml';
    default:
      return undefined;
  }
}

/** Aggregated discovery is asked for with `g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`. */
export function aggregatedDiscovery(accept: string | undefined): AggregatedDiscovery | undefined {
  if (accept === undefined || !accept.includes('APIGroupDiscoveryList')) return undefined;
  for (const { type, parameters } of parseAccept(accept)) {
    if (formatOf(type) !== 'json') continue;
    if (parameters.get('as') !== 'APIGroupDiscoveryList') return undefined;
    const version = parameters.get('v');
    if (version === 'v2' || version === 'v2beta1') return { version };
  }
  return undefined;
}

function parseAccept(accept: string): Range[] {
  const ranges = accept.split(',').map((part) => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters = new Map(
      rest.map((piece) => {
        const equals = piece.indexOf('=');
        return [piece.slice(0, equals), piece.slice(equals + 1)] as const;
      }),
    );
    return { type: type.toLowerCase(), parameters, quality: Number(parameters.get('q') ?? '1') };
  });
  return ranges.toSorted((a, b) => b.quality - a.quality);
}

/** `application/json; charset=utf-8` → `application/json`. */
export function mediaTypeOf(contentType: string | undefined): string {
  if (contentType === undefined) return '';
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}
