/** A scheduler on a real store over a log in memory, with a clock that tests move by hand. */
import { ownEverything } from '@flotilla/lease/own-everything';
import type { Partitions } from '@flotilla/lease/partitions';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { allVerbs, type KindDefinition, type ResourceId } from '@flotilla/kinds/kind-definition';
import { parseApiVersion, type KubeObject } from '@flotilla/kinds/kube-object';
import type { ReplicaRequirements } from '@flotilla/kinds/karmada/work';
import { createEmbeddedLog, type EmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';
import type { Binding } from '../binding.ts';
import type { Dependency, Report, TemplateInterpreter } from '../ports.ts';
import { clusterResourceBindings, resourceBindings } from '../resources.ts';
import { createScheduler, type Scheduler, type SchedulerOptions } from '../service.ts';

export interface World {
  readonly log: EmbeddedLog;
  readonly store: ObjectStore;
  readonly reports: readonly Report[];
  scheduler(): Scheduler;
  /** Creates, or replaces spec and the like while metadata that the server owns stays; bumps the generation when content changes. */
  apply(object: KubeObject): Promise<void>;
  remove(apiVersion: string, kind: string, namespace: string, name: string): Promise<void>;
  get(apiVersion: string, kind: string, namespace: string, name: string): KubeObject | undefined;
  binding(namespace: string, name: string): Binding | undefined;
  /** Until nothing is queued or running. */
  settle(): Promise<void>;
  /** Moves the clock, fires what is due, settles. */
  advance(ms: number): Promise<void>;
  /** Stops the scheduler and starts another one on the same store. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

const kindTable: readonly (readonly [apiVersion: string, kind: string, plural: string, isNamespaced: boolean])[] = [
  ['apps/v1', 'Deployment', 'deployments', true],
  ['example.io/v1', 'Deployment', 'deployments', true],
  ['v1', 'ConfigMap', 'configmaps', true],
  ['v1', 'Event', 'events', true],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', false],
  ['scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', false],
  ['work.karmada.io/v1alpha2', 'ResourceBinding', 'resourcebindings', true],
  ['work.karmada.io/v1alpha2', 'ClusterResourceBinding', 'clusterresourcebindings', false],
  ['policy.karmada.io/v1alpha1', 'PropagationPolicy', 'propagationpolicies', true],
  ['policy.karmada.io/v1alpha1', 'ClusterPropagationPolicy', 'clusterpropagationpolicies', false],
  ['policy.karmada.io/v1alpha1', 'OverridePolicy', 'overridepolicies', true],
  ['policy.karmada.io/v1alpha1', 'FederatedResourceQuota', 'federatedresourcequotas', true],
  ['cluster.karmada.io/v1alpha1', 'Cluster', 'clusters', false],
  ['apps.karmada.io/v1alpha1', 'WorkloadRebalancer', 'workloadrebalancers', false],
];

export async function createWorld(
  options: SchedulerOptions & { readonly partitions?: Partitions } = {},
): Promise<World> {
  const log = await createEmbeddedLog();
  const abort = new AbortController();
  const store = await createObjectStore({ log, signal: abort.signal });
  const kinds = createKindRegistry(
    kindTable.map(([apiVersion, kind, plural, isNamespaced]) => aKind(apiVersion, kind, plural, isNamespaced)),
  );
  const reports: Report[] = [];
  const timers = new Set<Timer>();
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  let uids = 0;
  const newUid = (): string => `00000000-0000-4000-8000-${String((uids += 1)).padStart(12, '0')}`;

  const partitions = options.partitions ?? ownEverything();
  partitions.start();
  const begin = (): Scheduler =>
    createScheduler(
      {
        store,
        partitions,
        kinds,
        interpreter: plainInterpreter,
        now: () => nowMs,
        random: () => 0.5,
        newUid,
        report: (report) => reports.push(report),
        schedule(callback, delayMs) {
          const timer = { dueMs: nowMs + delayMs, callback };
          timers.add(timer);
          return () => timers.delete(timer);
        },
      },
      options,
    );
  let scheduler = begin();

  async function settle(): Promise<void> {
    for (let quiet = 0; quiet < 5;) {
      await new Promise((resolve) => setImmediate(resolve));
      const { queue } = scheduler.metrics();
      quiet = queue.depth + queue.running === 0 ? quiet + 1 : 0;
    }
  }

  const resourceOf = (apiVersion: string, kind: string): ResourceId => {
    const { group, version } = parseApiVersion(apiVersion);
    const definition = kinds.byKind(group, version, kind);
    if (definition === undefined) throw new Error(`the test's world has no ${apiVersion} ${kind}`);
    return { group, resource: definition.plural };
  };

  return {
    log,
    store,
    reports,
    settle,
    scheduler: () => scheduler,
    get: (apiVersion, kind, namespace, name) => store.get(resourceOf(apiVersion, kind), namespace, name)?.object,
    binding: (namespace, name) =>
      store.get(namespace === '' ? clusterResourceBindings : resourceBindings, namespace, name)?.object as
        Binding | undefined,
    async apply(object) {
      const { namespace = '', name = '' } = object.metadata;
      const resource = resourceOf(object.apiVersion, object.kind);
      const live = store.get(resource, namespace, name);
      const kept = live?.object.metadata;
      const metadata = {
        ...object.metadata,
        labels: { ...kept?.labels, ...object.metadata.labels },
        annotations: { ...kept?.annotations, ...object.metadata.annotations },
        uid: kept?.uid ?? object.metadata.uid ?? newUid(),
        generation: (kept?.generation ?? 0) + 1,
      };
      await store.commit([{ resource, namespace, name, object: { ...object, metadata }, expect: live?.revision ?? 0 }]);
    },
    async remove(apiVersion, kind, namespace, name) {
      const resource = resourceOf(apiVersion, kind);
      const live = store.get(resource, namespace, name);
      if (live === undefined) throw new Error(`${kind} ${namespace}/${name} is not there`);
      await store.commit([{ resource, namespace, name, object: live.object, isDelete: true }]);
    },
    async advance(ms) {
      nowMs += ms;
      for (const timer of [...timers].filter(({ dueMs }) => dueMs <= nowMs)) {
        timers.delete(timer);
        timer.callback();
      }
      await settle();
    },
    async restart() {
      await scheduler.stop();
      timers.clear();
      scheduler = begin();
      scheduler.start();
      await settle();
    },
    async close() {
      await scheduler.stop();
      abort.abort();
      await log.close();
    },
  };
}

/** Deployments have replicas; `spec.cpu` is what one requests; `spec.needs` lists names of ConfigMaps. */
const plainInterpreter: TemplateInterpreter = {
  getReplicas(template) {
    const replicas = fieldOf(template['spec'], 'replicas');
    return template.kind === 'Deployment'
      ? { replicas: typeof replicas === 'number' ? replicas : 1, ...requirementsOf(template) }
      : undefined;
  },
  getComponents: () => undefined,
  getDependencies(template): readonly Dependency[] {
    const needs = fieldOf(template['spec'], 'needs');
    const { namespace = '' } = template.metadata;
    return Array.isArray(needs)
      ? needs.map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: String(name) }))
      : [];
  },
};

function requirementsOf(template: KubeObject): { readonly requirements?: ReplicaRequirements } {
  const cpu = fieldOf(template['spec'], 'cpu');
  return typeof cpu === 'string' ? { requirements: { resourceRequest: { cpu } } } : {};
}

function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === field)?.[1]
    : undefined;
}

function aKind(apiVersion: string, kind: string, plural: string, isNamespaced: boolean): KindDefinition {
  return {
    ...parseApiVersion(apiVersion),
    kind,
    plural,
    isNamespaced,
    listKind: `${kind}List`,
    singular: kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    schema: () => ({ kind: 'any' }),
    subresources: {},
    allowsUnconditionalUpdate: true,
    allowsCreateOnUpdate: false,
    columns: [],
    printRow: () => [],
    hasGeneration: true,
  };
}
