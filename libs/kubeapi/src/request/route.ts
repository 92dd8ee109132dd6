/** What a request path addresses. */
export type Route = ResourceRoute | DiscoveryRoute | PlainRoute;

export interface ResourceRoute {
  readonly type: 'resource';
  readonly group: string;
  readonly version: string;
  /** '' = cluster scope, or all namespaces. */
  readonly namespace: string;
  readonly resource: string;
  /** '' = the collection. */
  readonly name: string;
  /** '' = the object itself. */
  readonly subresource: string;
  /** What follows the subresource, without leading slash (`clusters/NAME/proxy/<tail>`). */
  readonly tail: string;
  /** The deprecated `/watch/` form of the path. */
  readonly isWatchPath: boolean;
}

/** `/api`, `/apis`, `/apis/<group>`, `/apis/<group>/<version>`, `/api/v1`. */
export interface DiscoveryRoute {
  readonly type: 'discovery';
  readonly isLegacy: boolean;
  readonly group: string;
  readonly version: string;
}

/** Anything else: `/version`, `/healthz`, `/openapi/…`. */
export interface PlainRoute {
  readonly type: 'plain';
  readonly path: string;
}

/** Returns undefined for a path whose percent-encoding is broken. */
export function parseRoute(path: string): Route | undefined {
  const isLegacy = path.startsWith('/api/') || path === '/api';
  if (!isLegacy && !path.startsWith('/apis/') && path !== '/apis') return { type: 'plain', path };
  const segments = path.split('/');
  let end = segments.length;
  if (segments[end - 1] === '') end -= 1;
  let at = 2;
  let group = '';
  if (!isLegacy) group = at < end ? (segments[at++] ?? '') : '';
  const version = at < end ? (segments[at++] ?? '') : '';
  if (at >= end) return { type: 'discovery', isLegacy, group, version };
  return parseResource(segments, at, end, group, version);
}

function parseResource(
  segments: readonly string[],
  start: number,
  end: number,
  group: string,
  version: string,
): ResourceRoute | undefined {
  let at = start;
  const isWatchPath = segments[at] === 'watch' && end - at > 1;
  if (isWatchPath) at += 1;
  let namespace = '';
  let resource = segments[at] ?? '';
  if (resource === 'namespaces' && end - at > 2 && !isNamespaceSubresource(group, segments[at + 2])) {
    const decoded = decodeSegment(segments[at + 1] ?? '');
    if (decoded === undefined) return undefined;
    namespace = decoded;
    at += 2;
    resource = segments[at] ?? '';
  }
  const name = at + 1 < end ? decodeSegment(segments[at + 1] ?? '') : '';
  if (name === undefined) return undefined;
  const subresource = at + 2 < end ? (segments[at + 2] ?? '') : '';
  const tail = segments.length > at + 3 ? segments.slice(at + 3).join('/') : '';
  return { type: 'resource', group, version, namespace, resource, name, subresource, tail, isWatchPath };
}

function isNamespaceSubresource(group: string, segment: string | undefined): boolean {
  return group === '' && (segment === 'status' || segment === 'finalize');
}

function decodeSegment(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
