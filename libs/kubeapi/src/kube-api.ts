import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import type { ObjectStore } from '@flotilla/store/object-store';
import type { AdmissionPlugin } from './admission/admission.ts';
import { namespaceLifecycle } from './admission/namespace-lifecycle.ts';
import type { Report } from './api-report.ts';
import { servedKubernetesVersion, type VersionInfo } from './api-version.ts';
import type { Authenticator } from './authentication/authenticator.ts';
import type { Authorizer } from './authorization/authorizer.ts';
import type { ConnectHandler } from './connect/connect-handler.ts';
import { createDiscovery } from './discovery/discovery.ts';
import type { Exchange } from './http/exchange.ts';
import { Negotiation } from './http/media-type.ts';
import { defaultLimits, type ApiLimits } from './limits.ts';
import type { HealthCheck } from './paths/health.ts';
import { createOpenApi, type StoredOpenApi } from './paths/open-api.ts';
import { ListSnapshots } from './read/list-snapshots.ts';
import { createObjectEncoder } from './read/object-bytes.ts';
import { createObjectSource, type VirtualResource } from './read/object-source.ts';
import { SharedEvents } from './read/watch-encoder.ts';
import type { Watcher } from './read/watcher.ts';
import { InFlight } from './request/in-flight.ts';
import { createRequestHandler, type RequestHandler } from './request/request-handler.ts';
import type { WatchDeps } from './read/watch.ts';
import type { WriteDeps } from './write/write-deps.ts';
import { registerReviewKinds } from './reviews/review-kinds.ts';
import type { SubresourceHandler } from './subresources/subresource-handler.ts';

export interface KubeApiDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newUid: () => string;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly report: Report;
  /** After the server's own: namespace life cycle. */
  readonly admission?: readonly AdmissionPlugin[];
  readonly virtualResources?: readonly VirtualResource[];
  readonly subresources?: readonly ((write: WriteDeps) => SubresourceHandler)[];
  readonly connectors?: readonly ConnectHandler[];
  readonly openApi?: StoredOpenApi;
  readonly healthChecks?: readonly HealthCheck[];
  /** Resolves when the store has all that the log had at the call. Absent where nobody else writes to the log: the store is always current. */
  readonly untilCurrent?: (signal: AbortSignal) => Promise<void>;
}

export interface KubeApiOptions {
  readonly version?: VersionInfo;
  readonly limits?: Partial<ApiLimits>;
  /** One report per mutating request. Off by default. */
  readonly isAuditing?: boolean;
  /** `host:port` that discovery names; known once the server listens. */
  readonly serverAddress?: () => string;
}

/** A Kubernetes API over an object store. Keeps no global state: a process may have many. */
export interface KubeApi {
  /** Answers one request; never rejects. */
  handle(exchange: Exchange): Promise<void>;
  readonly upgrade: RequestHandler['upgrade'];
  /** For what writes objects inside the process with the API's own rules. */
  readonly write: WriteDeps;
  /** Ends the watches: their clients come again, to another server. Requests under way go on. */
  close(): void;
}

export function createKubeApi(deps: KubeApiDeps, options: KubeApiOptions = {}): KubeApi {
  const { store, kinds, now, newUid, report } = deps;
  const limits: ApiLimits = { ...defaultLimits, ...options.limits };
  const version = options.version ?? servedKubernetesVersion;
  registerReviewKinds(kinds);
  const source = createObjectSource(store, deps.virtualResources ?? []);
  const encoder = createObjectEncoder(kinds);
  const snapshots = new ListSnapshots(limits);
  const watchers = new Set<Watcher>();
  const admission = [namespaceLifecycle(store), ...(deps.admission ?? [])];
  const read: WatchDeps = {
    store,
    source,
    snapshots,
    limits,
    now,
    kinds,
    encoder,
    report,
    watchers,
    shared: new SharedEvents(),
    untilCurrent: deps.untilCurrent,
  };
  const write: WriteDeps = { store, source, encoder, admission, limits, now, newUid };
  const subresources = (deps.subresources ?? []).map((create) => create(write));
  const connectors = deps.connectors ?? [];
  const discovery = createDiscovery(
    kinds,
    [
      ...subresources.map(({ group, resource, subresource, discovery: shown }) => ({
        group,
        resource,
        subresource,
        kind: shown.kind,
        ...(shown.group === undefined ? {} : { responseGroup: shown.group }),
        ...(shown.version === undefined ? {} : { responseVersion: shown.version }),
        verbs: shown.verbs,
      })),
      ...connectors.map(({ group, resource, subresource }) => ({
        group,
        resource,
        subresource,
        kind: 'ClusterProxyOptions',
        verbs: ['create', 'delete', 'get', 'patch', 'update'],
      })),
    ],
    options.serverAddress ?? (() => ''),
  );
  const housekeeping = setInterval(() => {
    snapshots.sweep(now());
    const { revision } = source;
    for (const watcher of watchers) watcher.bookmark(revision);
  }, limits.bookmarkIntervalMs);
  housekeeping.unref();
  const handler = createRequestHandler({
    kinds,
    authenticator: deps.authenticator,
    authorizer: deps.authorizer,
    report,
    now,
    limits,
    inFlight: new InFlight(limits),
    negotiation: new Negotiation(),
    plain: { discovery, openApi: createOpenApi(kinds, deps.openApi ?? { read: () => undefined }, version), version },
    healthChecks: [{ name: 'ping', check: () => '', isForLiveness: true }, ...(deps.healthChecks ?? [])],
    isAuditing: options.isAuditing === true,
    resources: {
      read,
      write,
      subresources: new Map(subresources.map((one) => [`${one.resource}/${one.subresource}`, one])),
      connectors: new Map(connectors.map((one) => [`${one.resource}/${one.subresource}`, one])),
    },
  });
  return {
    handle: (exchange) => handler.handle(exchange),
    upgrade: (request, socket, head) => handler.upgrade(request, socket, head),
    write,
    close() {
      clearInterval(housekeeping);
      for (const watcher of watchers) watcher.end();
    },
  };
}
