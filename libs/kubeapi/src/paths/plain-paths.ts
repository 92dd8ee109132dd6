import type { Discovery } from '../discovery/discovery.ts';
import type { Exchange } from '../http/exchange.ts';
import { aggregatedDiscovery } from '../http/media-type.ts';
import { respondJsonBytes, respondNothingHere, respondValue } from '../http/respond.ts';
import { openApiV2Protobuf, openApiV2ProtobufType, wantsOpenApiV2Protobuf } from '../openapi/v2-protobuf.ts';
import type { DiscoveryRoute } from '../request/route.ts';
import type { VersionInfo } from '../api-version.ts';
import type { OpenApi } from './open-api.ts';

export interface PlainPathDeps {
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  readonly version: VersionInfo;
}

export function handleDiscovery({ discovery }: PlainPathDeps, exchange: Exchange, route: DiscoveryRoute): void {
  const { accept } = exchange.headers;
  const aggregated = route.group === '' && route.version === '' ? aggregatedDiscovery(accept) : undefined;
  if (aggregated !== undefined) {
    const { body, etag } = discovery.aggregated(route.isLegacy, aggregated.version);
    const headers = {
      'cache-control': 'public',
      'content-type': `application/json;g=apidiscovery.k8s.io;v=${aggregated.version};as=APIGroupDiscoveryList`,
      etag,
      vary: 'Accept',
    };
    const isFresh = exchange.headers['if-none-match'] === etag;
    exchange.respond(isFresh ? 304 : 200, headers, isFresh ? '' : body);
    return;
  }
  const document = discovery.document(route.isLegacy, route.group, route.version);
  if (document === undefined) respondNothingHere(exchange);
  else respondJsonBytes(exchange, 200, document);
}

/** `/version`, `/openapi/…` and the index of `/`. */
export function handlePlainPath(
  { openApi, version }: PlainPathDeps,
  exchange: Exchange,
  path: string,
  query: URLSearchParams | undefined,
): void {
  if (path === '/version' || path === '/version/') {
    respondValue(exchange, 200, version);
    return;
  }
  if (path === '/') {
    const paths = [
      '/api',
      '/api/v1',
      '/apis',
      '/healthz',
      '/livez',
      '/openapi/v2',
      '/openapi/v3',
      '/readyz',
      '/version',
    ];
    respondValue(exchange, 200, { paths });
    return;
  }
  if (path === '/openapi/v2') {
    if (wantsOpenApiV2Protobuf(exchange.headers.accept)) {
      const headers = { 'cache-control': 'no-cache, private', 'content-type': openApiV2ProtobufType, vary: 'Accept' };
      exchange.respond(200, headers, openApiV2Protobuf({ title: 'Kubernetes', version: version.gitVersion }));
      return;
    }
    respondJsonBytes(exchange, 200, openApi.v2());
    return;
  }
  if (path === '/openapi/v3' || path === '/openapi/v3/') {
    respondJsonBytes(exchange, 200, openApi.index());
    return;
  }
  const document = path.startsWith('/openapi/v3/') ? openApi.document(path.slice('/openapi/v3/'.length)) : undefined;
  if (document === undefined) {
    respondNothingHere(exchange);
    return;
  }
  const etag = `"${document.hash}"`;
  const isImmutable = query?.get('hash') === document.hash;
  const headers = {
    'cache-control': isImmutable ? 'public, immutable' : 'no-cache, private',
    'content-type': 'application/json',
    etag,
    vary: 'Accept',
  };
  const isFresh = exchange.headers['if-none-match'] === etag;
  exchange.respond(isFresh ? 304 : 200, headers, isFresh ? '' : document.bytes);
}
