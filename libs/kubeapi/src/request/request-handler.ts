import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { KindDefinition, KindRegistry, ResourceId } from '@flotilla/kinds/kind-definition';
import type { Report } from '../api-report.ts';
import type { Authenticator } from '../authentication/authenticator.ts';
import type { UserInfo } from '../authentication/user.ts';
import type { Attributes, Authorizer } from '../authorization/authorizer.ts';
import { badRequest, pathNotFound } from '../errors/api-errors.ts';
import { errorStatus } from '../errors/error-status.ts';
import { ApiError, failure } from '../errors/status.ts';
import { RequestAborted, type Exchange } from '../http/exchange.ts';
import type { Negotiation } from '../http/media-type.ts';
import { respondNothingHere, respondStatus } from '../http/respond.ts';
import type { ApiLimits } from '../limits.ts';
import { handleHealth, isHealthPath, type HealthCheck } from '../paths/health.ts';
import { handleDiscovery, handlePlainPath, type PlainPathDeps } from '../paths/plain-paths.ts';
import { handleResource, type ResourceApiDeps } from '../resource-api.ts';
import { isReviewKind } from '../reviews/review-kinds.ts';
import { handleReview } from '../reviews/review.ts';
import { attributesOf, denied, identify } from './access.ts';
import type { InFlight } from './in-flight.ts';
import { isTrue, type RequestVerb, type ResourceRequest } from './resource-request.ts';
import { parseRoute, type ResourceRoute, type Route } from './route.ts';
import { acceptUpgrade } from './upgrade.ts';

export interface RequestHandlerDeps {
  readonly kinds: KindRegistry;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly report: Report;
  readonly now: () => number;
  readonly limits: ApiLimits;
  readonly inFlight: InFlight;
  readonly negotiation: Negotiation;
  readonly plain: PlainPathDeps;
  readonly healthChecks: readonly HealthCheck[];
  readonly isAuditing: boolean;
  readonly resources: ResourceApiDeps;
}

export interface RequestHandler {
  /** Never rejects. */
  handle(exchange: Exchange): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
}

export function createRequestHandler(deps: RequestHandlerDeps): RequestHandler {
  return {
    async handle(exchange) {
      try {
        await dispatch(deps, exchange);
      } catch (error) {
        respondError(deps, exchange, error);
      }
    },
    upgrade: (request, socket, head) => acceptUpgrade(deps, request, socket, head),
  };
}

function respondError({ report }: RequestHandlerDeps, exchange: Exchange, error: unknown): void {
  if (error instanceof RequestAborted || exchange.isClosed) return;
  const { status, isInternal } = errorStatus(error);
  if (isInternal) report({ kind: 'internal-error', method: exchange.method, url: exchange.url, error });
  if (exchange.isAnswered) exchange.destroy();
  else respondStatus(exchange, status);
}

async function dispatch(deps: RequestHandlerDeps, exchange: Exchange): Promise<void> {
  const { url } = exchange;
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const parameters = mark < 0 ? undefined : new URLSearchParams(url.slice(mark + 1));
  const route = parseRoute(path);
  if (route === undefined) throw badRequest('the path has a broken percent-encoding');
  if (route.type === 'plain' && isHealthPath(path)) {
    handleHealth(exchange, deps.healthChecks, path, parameters);
    return;
  }
  const identifying = identify(deps, exchange);
  const user = identifying instanceof Promise ? await identifying : identifying;
  if (route.type === 'resource') {
    await dispatchResource(deps, exchange, route, parameters, user);
    return;
  }
  authorizePath(deps, route, exchange.method, path, user);
  if (route.type === 'discovery') handleDiscovery(deps.plain, exchange, route);
  else handlePlainPath(deps.plain, exchange, path, parameters);
}

function authorizePath(deps: RequestHandlerDeps, route: Route, method: string, path: string, user: UserInfo): void {
  const isOpen = route.type === 'plain' && (path === '/version' || path === '/version/');
  if (isOpen) return;
  const attributes: Attributes = { type: 'path', verb: method.toLowerCase(), path };
  if (!deps.authorizer.authorize(user, attributes).isAllowed) throw denied(user, attributes);
}

async function dispatchResource(
  deps: RequestHandlerDeps,
  exchange: Exchange,
  route: ResourceRoute,
  parameters: URLSearchParams | undefined,
  user: UserInfo,
): Promise<void> {
  const verb = verbOf(exchange.method, route, parameters);
  const attributes = attributesOf(route, verb);
  if (!deps.authorizer.authorize(user, attributes).isAllowed) throw denied(user, attributes);
  const kind = deps.kinds.byResource(route.group, route.version, route.resource);
  if (
    kind === undefined &&
    deps.plain.discovery.document(route.group === '', route.group, route.version) === undefined
  ) {
    respondNothingHere(exchange);
    return;
  }
  if (kind === undefined || (route.namespace !== '' && !kind.isNamespaced)) throw pathNotFound();
  if (kind.isNamespaced && route.namespace === '' && route.name !== '') throw pathNotFound();
  const isPassedOn = deps.resources.connectors.has(`${route.resource}/${route.subresource}`);
  const request: ResourceRequest = {
    exchange,
    route,
    parameters,
    verb,
    user,
    kind,
    resource: storedResource(kind),
    // What is passed through is negotiated at the other end.
    negotiated: deps.negotiation.negotiate(isPassedOn ? undefined : exchange.headers.accept),
    warnings: [],
  };
  if (verb === 'watch' || isPassedOn) {
    await serve(deps, request);
    return;
  }
  const isWrite = verb !== 'get' && verb !== 'list';
  deps.inFlight.enter(isWrite);
  try {
    await serve(deps, request);
  } catch (error) {
    if (isWrite && deps.isAuditing) audit(deps, request, errorStatus(error).status.code ?? 500);
    throw error;
  } finally {
    deps.inFlight.leave(isWrite);
  }
  if (isWrite && deps.isAuditing) audit(deps, request, 200);
}

function storedResource({ conversion, group, plural }: KindDefinition): ResourceId {
  return conversion === undefined
    ? { group, resource: plural }
    : { group: conversion.stored.group, resource: conversion.stored.plural };
}

function serve(deps: RequestHandlerDeps, request: ResourceRequest): Promise<void> {
  if (request.kind.verbs.length === 1 && isReviewKind(request.kind)) {
    const { authenticator, authorizer, limits } = deps;
    return handleReview({ authenticator, authorizer, bodyBytesMax: limits.bodyBytesMax }, request);
  }
  return handleResource(deps.resources, request);
}

function audit(deps: RequestHandlerDeps, request: ResourceRequest, code: number): void {
  const { exchange, verb, user } = request;
  const impersonated = exchange.headers['impersonate-user'];
  deps.report({
    kind: 'audit',
    verb,
    user: user.name,
    ...(typeof impersonated === 'string' ? { impersonatedUser: impersonated } : {}),
    url: exchange.url,
    code,
    timeMs: deps.now(),
  });
}

function verbOf(method: string, route: ResourceRoute, parameters: URLSearchParams | undefined): RequestVerb {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (route.isWatchPath) return 'watch';
      if (route.name !== '') return 'get';
      return isWatch(parameters) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return route.name === '' ? 'deletecollection' : 'delete';
    default:
      throw new ApiError(failure(405, 'MethodNotAllowed', `method ${method} is not supported`, {}));
  }
}

function isWatch(parameters: URLSearchParams | undefined): boolean {
  return parameters?.has('watch') === true && isTrue(parameters, 'watch');
}
