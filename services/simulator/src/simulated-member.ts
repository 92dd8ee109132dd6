import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { rbacEscalation } from '@flotilla/kubeapi/admission/rbac-escalation';
import type { ApiReport } from '@flotilla/kubeapi/api-report';
import { createAuthenticator } from '@flotilla/kubeapi/authentication/authenticator';
import {
  createServiceAccountTokens,
  type ServiceAccountTokens,
} from '@flotilla/kubeapi/authentication/service-account-tokens';
import { staticTokens } from '@flotilla/kubeapi/authentication/token-verifier';
import { createRbacAuthorizer } from '@flotilla/kubeapi/authorization/rbac';
import { bootstrapNamespaces, bootstrapRoles } from '@flotilla/kubeapi/bootstrap/bootstrap-objects';
import { ensureObjects } from '@flotilla/kubeapi/bootstrap/ensure-objects';
import type { Controller, ControllerDeps } from '@flotilla/kubeapi/controllers/controller';
import { createEventExpiry } from '@flotilla/kubeapi/controllers/event-expiry';
import { createNamespaceController } from '@flotilla/kubeapi/controllers/namespace-controller';
import { createRoleAggregation } from '@flotilla/kubeapi/controllers/role-aggregation';
import { createServiceAccountController } from '@flotilla/kubeapi/controllers/service-account-controller';
import { createGarbageCollector } from '@flotilla/kubeapi/garbage-collection/garbage-collector';
import { createKubeApi } from '@flotilla/kubeapi/kube-api';
import { createKubeApiServer } from '@flotilla/kubeapi/kube-api-server';
import type { StoredOpenApi } from '@flotilla/kubeapi/paths/open-api';
import { namespaceFinalize } from '@flotilla/kubeapi/subresources/namespace-finalize';
import { podBinding, podEviction } from '@flotilla/kubeapi/subresources/pod-actions';
import { tokenRequest } from '@flotilla/kubeapi/subresources/token-request';
import type { KindDefinition } from '@flotilla/kinds/kind-definition';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import type { LogReport } from '@flotilla/log/log-report';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';
import { createTokenSecretController } from './accounts/token-secrets.ts';
import { createClusterControllers } from './cluster-controllers.ts';
import { loadIdentity, type MemberIdentity } from './member-identity.ts';
import { memberKubeconfig } from './member-kubeconfig.ts';
import { deployments, namespaces, nodes, pods } from './model/resources.ts';
import { createServiceAddresses } from './network/service-addresses.ts';
import { ensureNodes } from './pods/ensure-nodes.ts';
import { newNodes } from './pods/node-objects.ts';
import { podAdmission } from './pods/pod-admission.ts';
import { defaultPodTimes, type PodTimes } from './pods/pod-life.ts';
import { createClusterView } from './runner/cluster-view.ts';
import { createControllerRunner, type RunnerReport } from './runner/controller-runner.ts';
import { createTimer, type Timer } from './runner/timer.ts';
import { newStorageClass } from './storage/claims.ts';

export interface SimulatedMemberDeps {
  /** Built-in kinds; share one list among members, for compiled schemas are most of what a member costs. */
  readonly kinds: readonly KindDefinition[];
  readonly openApi: StoredOpenApi;
  readonly now: () => number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly newUid: () => string;
  readonly report: (event: SimulatorReport) => void;
  /** Absent: the process's timers. */
  readonly timer?: Timer;
}

export type SimulatorReport = ApiReport | LogReport | RunnerReport;

export interface SimulatedMemberOptions {
  readonly name: string;
  /** Keeps addresses of members apart. */
  readonly index?: number;
  readonly provider: string;
  readonly region: string;
  readonly zones: readonly string[];
  readonly nodes?: NodeSize;
  readonly nodeLabels?: Readonly<Record<string, string>>;
  /** State, credentials and port are kept here; absent: in memory, for as long as it runs. */
  readonly directory?: string;
  readonly host?: string;
  /** 0 (default) = the port of the last time when it's free, or any. */
  readonly port?: number;
  readonly tls: MemberTls;
  readonly podTimes?: Partial<PodTimes>;
}

export interface NodeSize {
  /** Default 3. */
  readonly count?: number;
  /** Quantities for each node; default 16 CPUs, 64Gi, 100Gi. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly ephemeralStorage?: string;
  /** Default 110. */
  readonly podsMax?: number;
}

/** Issued by the caller: valid for the host that it listens on. The authority also vouches for client certificates. */
export interface MemberTls {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
}

export interface MemberAccess {
  readonly url: string;
  readonly caPem: string;
  /** Bearer token of an administrator. */
  readonly adminToken: string;
  /** YAML with one context, named like the member. */
  readonly kubeconfig: string;
}

export interface MemberCounts {
  readonly nodes: number;
  readonly namespaces: number;
  readonly deployments: number;
  readonly pods: number;
}

/** A Kubernetes cluster that runs nothing: a real API, and workloads that progress as if there were machines. */
export interface SimulatedMember {
  /** Resolves when it serves. Rejects with a message for people when the port is taken or the directory is in use. */
  start(): Promise<MemberAccess>;
  stop(): Promise<void>;
  counts(): MemberCounts;
}

const issuer = 'https://kubernetes.default.svc';
/** A member's clients watch from now on or list again: a short history will do. */
const history = { entries: 4_000, bytes: 8 * 1024 * 1024 };

export function createSimulatedMember(deps: SimulatedMemberDeps, options: SimulatedMemberOptions): SimulatedMember {
  const stops: (() => Promise<void> | void)[] = [];
  let store: ObjectStore | undefined;

  async function stop(): Promise<void> {
    // One after the other: what depends on a part ends before that part.
    // oxlint-disable-next-line no-await-in-loop
    for (const each of stops.splice(0).toReversed()) await each();
    store = undefined;
  }

  async function start(): Promise<MemberAccess> {
    const file = await loadIdentity(options.directory);
    store = await openStore(deps, options, stops);
    const { port } = await serve(deps, options, store, file.identity, stops);
    await file.savePort(port);
    const url = `https://${options.host ?? '127.0.0.1'}:${port}`;
    const { adminToken } = file.identity;
    const { caPem } = options.tls;
    return { url, caPem, adminToken, kubeconfig: memberKubeconfig({ name: options.name, url, caPem, token: adminToken }) };
  }

  return {
    async start() {
      try {
        return await start();
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
    counts: () => ({
      nodes: store?.count(nodes) ?? 0,
      namespaces: store?.count(namespaces) ?? 0,
      deployments: store?.count(deployments) ?? 0,
      pods: store?.count(pods) ?? 0,
    }),
  };
}

type Stops = (() => Promise<void> | void)[];

async function openStore(deps: SimulatedMemberDeps, options: SimulatedMemberOptions, stops: Stops): Promise<ObjectStore> {
  const { directory } = options;
  const log = await createEmbeddedLog({
    ...(directory !== undefined && { directory: join(directory, 'log') }),
    durability: 'none',
    historyMaxEntries: history.entries,
    historyMaxBytes: history.bytes,
    now: deps.now,
    report: deps.report,
  });
  stops.push(() => log.close());
  const end = new AbortController();
  stops.push(() => {
    end.abort(new Error('the simulated member stops'));
  });
  const historyWindow = { maxChanges: history.entries, maxBytes: history.bytes };
  return createObjectStore({ log, historyWindow, signal: end.signal });
}

async function serve(
  deps: SimulatedMemberDeps,
  options: SimulatedMemberOptions,
  store: ObjectStore,
  identity: MemberIdentity,
  stops: Stops,
): Promise<{ readonly port: number }> {
  const { now, newUid, report } = deps;
  const kinds = createKindRegistry(deps.kinds);
  const shared: ControllerDeps = { store, kinds, now, newUid, report };
  await ensureObjects(shared, [...bootstrapNamespaces, ...bootstrapRoles, newStorageClass()]);
  await ensureNodes(shared, nodesOf(options, now()));
  const authorizer = createRbacAuthorizer(store);
  stops.push(() => {
    authorizer.close();
  });
  const tokens = createTokens(store, identity, deps);
  const admin = { name: 'kubernetes-admin', groups: ['system:masters'] };
  const authenticator = createAuthenticator({
    tokenVerifiers: [staticTokens(new Map([[identity.adminToken, admin]])), tokens],
  });
  const addresses = createServiceAddresses(store);
  stops.push(() => {
    addresses.close();
  });
  const api = createKubeApi({
    ...shared,
    authenticator,
    authorizer,
    openApi: deps.openApi,
    admission: [rbacEscalation(authorizer), podAdmission, addresses],
    subresources: [tokenRequest(tokens), namespaceFinalize, podEviction, podBinding],
  });
  const server = await listen(api, options, identity.port);
  stops.push(() => server.close());
  startControllers(deps, options, shared, tokens, stops);
  return server;
}

type Api = ReturnType<typeof createKubeApi>;

/** The port that clients of the last run know comes first; when somebody has it now, any other. */
async function listen(api: Api, options: SimulatedMemberOptions, lastPort: number): ReturnType<typeof createKubeApiServer> {
  const { certPem, keyPem, caPem } = options.tls;
  const common = { api, tls: { certPem, keyPem, clientCaPem: caPem }, host: options.host ?? '127.0.0.1' };
  const { port = 0 } = options;
  if (port !== 0 || lastPort === 0) return createKubeApiServer({ ...common, port });
  try {
    return await createKubeApiServer({ ...common, port: lastPort });
  } catch {
    return createKubeApiServer({ ...common, port: 0 });
  }
}

function createTokens(store: ObjectStore, identity: MemberIdentity, { now, newUid }: SimulatedMemberDeps): ServiceAccountTokens {
  const privateKey = createPrivateKey(identity.serviceAccountKeyPem);
  return createServiceAccountTokens(store, {
    issuer,
    audience: issuer,
    privateKey,
    publicKey: createPublicKey(privateKey),
    keyId: createHash('sha256').update(identity.serviceAccountKeyPem).digest('base64url').slice(0, 16),
    now,
    newUid,
  });
}

function startControllers(
  deps: SimulatedMemberDeps,
  options: SimulatedMemberOptions,
  shared: ControllerDeps,
  tokens: ServiceAccountTokens,
  stops: Stops,
): void {
  const { caPem } = options.tls;
  const apiControllers: readonly Controller[] = [
    createNamespaceController(shared),
    createGarbageCollector(shared),
    createRoleAggregation(shared),
    createServiceAccountController(shared),
    createEventExpiry(shared),
    createTokenSecretController(shared, tokens, caPem),
  ];
  for (const controller of apiControllers) {
    controller.start();
    stops.push(() => {
      controller.stop();
    });
  }
  const view = createClusterView(shared.store);
  stops.push(() => {
    view.close();
  });
  const runner = createControllerRunner({
    store: shared.store,
    view,
    controllers: createClusterControllers({
      memberIndex: options.index ?? 0,
      caPem,
      podTimes: { ...defaultPodTimes, ...options.podTimes },
    }),
    timer: deps.timer ?? createTimer(deps.now),
    random: deps.random,
    newUid: deps.newUid,
    report: deps.report,
  });
  runner.start();
  stops.push(() => runner.stop());
}

function nodesOf(options: SimulatedMemberOptions, nowMs: number): ReturnType<typeof newNodes> {
  const { count = 3, cpu = '16', memory = '64Gi', ephemeralStorage = '100Gi', podsMax = 110 } = options.nodes ?? {};
  const { name, index = 0, provider, region, zones, nodeLabels = {} } = options;
  return newNodes(
    { memberName: name, memberIndex: index, provider, region, zones, count, cpu, memory, ephemeralStorage, podsMax, labels: nodeLabels },
    nowMs,
  );
}
