/**
 * Watches one push member: health by probes, capacity by watching its nodes and pods, version and APIs now and then. Writes `Cluster.status` and the
 * condition taints, only when something changed, and at most once per interval.
 */
import type { Cluster, ClusterStatus, Taint } from '@flotilla/kinds/karmada/cluster';
import {
  clusterReadyCondition,
  completeApiEnablementsCondition,
  completeApiEnablementsReasons,
} from '@flotilla/kinds/karmada/well-known';
import type { Condition, KubeObject } from '@flotilla/kinds/kube-object';
import type { MemberClient } from '@flotilla/member/member-client';
import { delay, runMemberInformer } from '@flotilla/member/member-informer';
import { parseEvent } from '@flotilla/member/watch-lines';
import type { RawWatchEvent } from '@flotilla/member/watch-lines';

import { Capacity, modelsOf } from './capacity.ts';
import { nextHealth } from './health.ts';
import type { HealthState, HealthThresholds } from './health.ts';
import { probeMember, readApiEnablements, readClusterId, readVersion } from './member-facts.ts';
import type { ApiEnablements } from './member-facts.ts';
import { taintsFor } from './taints.ts';

export interface ClusterMonitorDeps {
  readonly client: MemberClient;
  /** The Cluster as stored now; `undefined` when it is gone. */
  readonly cluster: () => Cluster | undefined;
  /** Stores what `change` makes of the current Cluster; retries lost races. */
  readonly update: (change: (cluster: Cluster) => Cluster) => Promise<void>;
  readonly now: () => number;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

export interface ClusterMonitorOptions {
  readonly probeIntervalMs: number;
  readonly thresholds: HealthThresholds;
}

const noTaints: readonly Taint[] = [];
/** Pod events are folded for this long before they are read: a burst of pods must not slow down what placed them. */
const foldMs = 1_000;
const factsIntervalMs = 60_000;
/** Nothing can be placed in a member that is ready but has not told what it serves: it is asked again sooner than its next probe. */
const unknownApisRetryMs = 1_000;
/** Definitions come in twos and threes, and each changes several times until it is served. */
const apisFoldMs = 250;
/** After a change of what a member serves, facts are read with every probe for this long: its discovery follows with some delay. */
const factsUnsettledMs = 30_000;
/** Objects that decide which APIs a member serves. */
const apiSources = [
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis/apiregistration.k8s.io/v1/apiservices',
];
/** Events read in one go. */
const sliceSize = 500;

export class ClusterMonitor {
  readonly #deps: ClusterMonitorDeps;
  readonly #options: ClusterMonitorOptions;
  readonly #stop = new AbortController();
  readonly #capacity = new Capacity();
  readonly #pending = new Map<string, { readonly kind: 'nodes' | 'pods'; readonly event: RawWatchEvent }>();
  #health: HealthState | undefined;
  #version: string | undefined;
  #apis: ApiEnablements | undefined;
  #id: string | undefined;
  #factsReadAtMs = Number.NEGATIVE_INFINITY;
  #apisChangedAtMs = Number.NEGATIVE_INFINITY;
  #apisTimer: NodeJS.Timeout | undefined;
  #isListed = { nodes: false, pods: false };
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: ClusterMonitorDeps, options: ClusterMonitorOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  start(): void {
    void this.#probeLoop();
    void this.#observe('nodes');
    void this.#observe('pods');
    for (const path of apiSources) void this.#observeApis(path);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#apisTimer);
    await this.#writing;
  }

  async #probeLoop(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#probe();
      } catch (error) {
        if (!signal.aborted) this.#deps.onError(error);
      }
      const isUsable = this.#health?.condition.status !== 'True' || this.#apis !== undefined;
      const intervalMs = isUsable
        ? this.#options.probeIntervalMs
        : Math.min(unknownApisRetryMs, this.#options.probeIntervalMs);
      // Spread over the interval, so that a fleet is not probed in one beat.
      await delay(intervalMs * (0.9 + this.#deps.random() * 0.2), signal);
    }
  }

  async #probe(): Promise<void> {
    const { client, now } = this.#deps;
    const { signal } = this.#stop;
    const probe = await probeMember(client, signal);
    if (signal.aborted) return;
    this.#health = nextHealth(this.#health ?? this.#storedHealth(), probe, now(), this.#options.thresholds);
    if (probe.kind === 'ready' && this.#areFactsDue()) await this.#readFacts();
    this.#write();
  }

  #areFactsDue(): boolean {
    const nowMs = this.#deps.now();
    return (
      this.#apis?.isComplete !== true ||
      nowMs - this.#factsReadAtMs >= factsIntervalMs ||
      nowMs - this.#apisChangedAtMs < factsUnsettledMs
    );
  }

  async #readFacts(): Promise<void> {
    const { client, now } = this.#deps;
    const { signal } = this.#stop;
    const [version, apis, id] = await Promise.all([
      readVersion(client, signal),
      readApiEnablements(client, signal),
      this.#id ?? readClusterId(client, signal),
    ]);
    this.#id = id;
    this.#version = version ?? this.#version;
    this.#apis = apis ?? this.#apis;
    this.#factsReadAtMs = now();
  }

  /** Workloads of a new kind wait for the member to be known to serve it: seconds count here, unlike for all other facts. */
  async #observeApis(path: string): Promise<void> {
    try {
      await runMemberInformer(
        {
          client: this.#deps.client,
          random: this.#deps.random,
          onListStarted: () => undefined,
          onListed: () => undefined,
          onListCompleted: () => undefined,
          onEvent: () => this.#foldApis(),
          onFailure: () => undefined,
        },
        { path },
        this.#stop.signal,
      );
    } catch (error) {
      this.#deps.onError(error);
    }
  }

  #foldApis(): void {
    if (this.#stop.signal.aborted) return;
    this.#apisChangedAtMs = this.#deps.now();
    this.#apisTimer ??= setTimeout(() => {
      this.#apisTimer = undefined;
      void this.#readFacts()
        .then(() => this.#write())
        .catch((error: unknown) => {
          if (!this.#stop.signal.aborted) this.#deps.onError(error);
        });
    }, apisFoldMs);
  }

  /** After a restart the condition goes on from what is stored, thresholds included: a restart of ours is no reason to doubt a member. */
  #storedHealth(): HealthState | undefined {
    const ready = conditionsOf(this.#deps.cluster()).find(({ type }) => type === clusterReadyCondition);
    if (ready === undefined || ready.status === 'Unknown') return undefined;
    return {
      condition: {
        status: ready.status,
        reason:
          ready.status === 'True'
            ? 'ClusterReady'
            : ready.reason === 'ClusterNotReady'
              ? 'ClusterNotReady'
              : 'ClusterNotReachable',
        message: ready.message ?? '',
      },
      differsSinceMs: undefined,
    };
  }

  async #observe(kind: 'nodes' | 'pods'): Promise<void> {
    try {
      await runMemberInformer(
        {
          client: this.#deps.client,
          random: this.#deps.random,
          onListStarted: () => this.#startList(kind),
          onListed: (object) => this.#set(kind, object as KubeObject),
          onListCompleted: () => {
            this.#isListed[kind] = true;
            this.#write();
          },
          onEvent: (event) => {
            this.#pending.set(`${kind}/${event.namespace}/${event.name}`, { kind, event });
            this.#fold();
          },
          onFailure: () => undefined,
        },
        { path: `/api/v1/${kind}` },
        this.#stop.signal,
      );
    } catch (error) {
      this.#deps.onError(error);
    }
  }

  /** Until the list is complete, what was written last stands; events from before it would bring back what is gone. */
  #startList(kind: 'nodes' | 'pods'): void {
    this.#isListed[kind] = false;
    for (const [key, pending] of this.#pending) if (pending.kind === kind) this.#pending.delete(key);
    if (kind === 'nodes') this.#capacity.clearNodes();
    else this.#capacity.clearPods();
  }

  /** An object of a shape that no API server would produce is left out: a member is not trusted. */
  #set(kind: 'nodes' | 'pods', object: KubeObject): void {
    try {
      if (kind === 'nodes') this.#capacity.setNode(object);
      else this.#capacity.setPod(object);
    } catch (error) {
      this.#deps.onError(error);
    }
  }

  #fold(): void {
    if (this.#stop.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#drain();
    }, foldMs);
  }

  #drain(): void {
    let taken = 0;
    for (const [key, { kind, event }] of this.#pending) {
      this.#pending.delete(key);
      this.#takeEvent(kind, event);
      if (++taken >= sliceSize) {
        setImmediate(() => this.#drain());
        return;
      }
    }
    this.#write();
  }

  #takeEvent(kind: 'nodes' | 'pods', { type, namespace, name, line }: RawWatchEvent): void {
    if (type === 'DELETED') {
      if (kind === 'nodes') this.#capacity.removeNode(name);
      else this.#capacity.removePod(`${namespace}/${name}`);
      return;
    }
    const object = parseEvent(line)?.object;
    if (object !== undefined) this.#set(kind, object as KubeObject);
  }

  /** One write at a time; what changes meanwhile is in the next. */
  #write(): void {
    this.#writing = this.#writing.then(() => this.#writeNow()).catch((error: unknown) => this.#deps.onError(error));
  }

  async #writeNow(): Promise<void> {
    if (this.#stop.signal.aborted || this.#health === undefined) return;
    await this.#deps.update((cluster) => this.#updated(cluster));
  }

  /** The same object when nothing changed. */
  #updated(cluster: Cluster): Cluster {
    const ready = this.#health?.condition;
    if (ready === undefined) return cluster;
    const spec = this.#spec(cluster, ready.status);
    const status = this.#status(cluster);
    if (spec === cluster.spec && JSON.stringify(status) === JSON.stringify(cluster.status)) return cluster;
    if (spec === cluster.spec) return { ...cluster, status };
    const generation = (cluster.metadata.generation ?? 0) + 1;
    return { ...cluster, metadata: { ...cluster.metadata, generation }, spec, status };
  }

  /** The condition taints, and the identity of a cluster that was declared without one. The same spec when neither changes. */
  #spec({ spec }: Cluster, ready: 'True' | 'False'): Cluster['spec'] {
    const before = spec.taints ?? noTaints;
    const taints = taintsFor(before, ready);
    const id = spec.id ?? this.#id;
    if (taints === before && id === spec.id) return spec;
    return {
      ...spec,
      ...(taints === before ? {} : { taints: [...taints] }),
      ...(id === undefined ? {} : { id }),
    };
  }

  #status(cluster: Cluster): ClusterStatus {
    const previous = cluster.status ?? {};
    const capacity =
      this.#isListed.nodes && this.#isListed.pods
        ? {
            nodeSummary: this.#capacity.nodeSummary(),
            resourceSummary: this.#capacity.resourceSummary(modelsOf(cluster)),
          }
        : {};
    return {
      ...previous,
      ...(this.#version === undefined ? {} : { kubernetesVersion: this.#version }),
      ...(this.#apis === undefined ? {} : { apiEnablements: [...this.#apis.enablements] }),
      conditions: this.#conditions(cluster),
      ...capacity,
    };
  }

  #conditions(cluster: Cluster): Condition[] {
    const wanted: Omit<Condition, 'lastTransitionTime'>[] = [];
    if (this.#health !== undefined) wanted.push({ type: clusterReadyCondition, ...this.#health.condition });
    if (this.#apis !== undefined) wanted.push(apiCondition(this.#apis));
    const current = conditionsOf(cluster);
    const nowIso = new Date(this.#deps.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const merged = wanted.map((condition) => {
      const before = current.find(({ type }) => type === condition.type);
      const lastTransitionTime = before?.status === condition.status ? (before.lastTransitionTime ?? nowIso) : nowIso;
      return { ...condition, lastTransitionTime };
    });
    return [...merged, ...current.filter(({ type }) => !wanted.some((condition) => condition.type === type))];
  }
}

function conditionsOf(cluster: Cluster | undefined): readonly Condition[] {
  return (cluster?.status?.conditions ?? []) as readonly Condition[];
}

function apiCondition({ enablements, isComplete }: ApiEnablements): Omit<Condition, 'lastTransitionTime'> {
  const type = completeApiEnablementsCondition;
  if (enablements.length === 0) {
    return { type, status: 'False', reason: completeApiEnablementsReasons.empty, message: 'the cluster serves no API' };
  }
  if (!isComplete) {
    return {
      type,
      status: 'False',
      reason: completeApiEnablementsReasons.partial,
      message: 'some API groups could not be read',
    };
  }
  return { type, status: 'True', reason: completeApiEnablementsReasons.complete, message: 'all API groups are known' };
}
