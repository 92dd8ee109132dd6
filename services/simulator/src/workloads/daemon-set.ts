import type { PodSpec, PodTemplateSpec } from '@flotilla/kinds/builtin/core/pod-types';
import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { controllerReference, creation, deletion, statusWrites } from '../model/object-write.ts';
import { availableAtMs, isDeleting, isFinished, isReady, newPod, podOf } from '../model/pod.ts';
import { daemonSets, nodes, pods } from '../model/resources.ts';
import { randomSuffix } from '../model/safe-name.ts';
import { timestamp } from '../model/timestamp.ts';
import { isSelected, nodeAffinityOf, untoleratedTaint } from '../pods/node-affinity.ts';
import { nodeOf } from '../pods/node.ts';
import {
  earlier,
  everyone,
  itsController,
  perObject,
  type Controller,
  type Decision,
  type Round,
} from '../runner/controller.ts';
import { forgottenRevisions, readTemplateRevisions, revisionHashLabel } from './template-revisions.ts';
import { resolveIntOrPercent, templateOf, type DaemonSet } from './workload.ts';

/** One pod of a template on every node that it may run on. */
export function createDaemonSetController(): Controller {
  const all = everyone(daemonSets);
  return {
    name: 'daemon-set',
    watches: [all.watch, itsController(pods, 'DaemonSet'), { resource: nodes, keysOf: all.names }],
    open: perObject<DaemonSet>(daemonSets, decide),
  };
}

/** Taints that daemons run in spite of: they are part of what makes a node usable. */
const daemonTolerations = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

interface Daemons {
  readonly eligible: ReadonlySet<string>;
  /** Pods by the node that they are meant for, finished ones left out. */
  readonly byNode: ReadonlyMap<string, readonly StoredObject[]>;
}

function decide(stored: StoredObject, set: DaemonSet, round: Round): Decision {
  const { spec, metadata } = set;
  const template = templateOf(spec);
  const owned = round.view.ownedBy(pods, metadata.uid ?? '');
  const revisions = readTemplateRevisions(set, template, template.metadata?.labels ?? {}, round);
  const podSpec = daemonPodSpec(template);
  const eligible = new Set(
    round.view
      .list(nodes)
      .filter((node) => isEligible(podSpec, node))
      .map(({ name }) => name),
  );
  const daemons = { eligible, byNode: Map.groupBy(owned, targetNode) };
  const steps = isDeleting(set) ? [] : nextSteps(set, daemons, podSpec, revisions.updateHash, round);
  const inUse = new Set([revisions.updateName, ...owned.map((pod) => `${metadata.name ?? ''}-${hashOf(pod)}`)]);
  const history = spec.revisionHistoryLimit ?? 10;
  return {
    writes: [
      ...revisions.writes,
      ...steps,
      ...(isDeleting(set) ? [] : forgottenRevisions(set, inUse, history, round)),
      ...statusWrites(stored, statusOf(set, daemons, revisions.updateHash, round.nowMs)),
    ],
    ...againAt(set, owned, round.nowMs),
  };
}

function againAt({ spec }: DaemonSet, owned: readonly StoredObject[], nowMs: number): { readonly againAtMs?: number } {
  const times = owned.map((pod) => availableAtMs(podOf(pod), spec.minReadySeconds ?? 0)).filter((atMs) => atMs > nowMs);
  const againAtMs = times.reduce<number | undefined>(earlier, undefined);
  return againAtMs === undefined ? {} : { againAtMs };
}

function daemonPodSpec({ spec = {} }: PodTemplateSpec): PodSpec {
  return { ...spec, tolerations: [...(spec.tolerations ?? []), ...daemonTolerations] };
}

function isEligible(spec: PodSpec, stored: StoredObject): boolean {
  const node = nodeOf(stored);
  const taints = node.spec?.taints ?? [];
  return (
    isSelected(spec, node) &&
    untoleratedTaint(spec.tolerations ?? [], taints, ['NoSchedule', 'NoExecute']) === undefined
  );
}

function nextSteps(
  set: DaemonSet,
  { eligible, byNode }: Daemons,
  spec: PodSpec,
  hash: string,
  round: Round,
): readonly ObjectWrite[] {
  const writes: ObjectWrite[] = [];
  for (const node of eligible) {
    const there = byNode.get(node) ?? [];
    const over = there.filter((pod) => isFinished(podOf(pod)));
    const [, ...doubles] = there.filter((pod) => !over.includes(pod));
    for (const pod of [...over, ...doubles]) writes.push(...deletion(pod, round.nowMs));
    if (there.length === 0) writes.push(createDaemon(set, node, spec, hash, round));
  }
  for (const [node, misplaced] of byNode) {
    if (!eligible.has(node)) writes.push(...misplaced.flatMap((pod) => deletion(pod, round.nowMs)));
  }
  return writes.length > 0 ? writes : updateSteps(set, { eligible, byNode }, hash, round.nowMs);
}

/** Replaces old pods, as many at a time as may be missing. A surge is taken as leave to miss as many: two daemons never share a node here. */
function updateSteps(
  { spec }: DaemonSet,
  { eligible, byNode }: Daemons,
  hash: string,
  nowMs: number,
): readonly ObjectWrite[] {
  if (spec.updateStrategy?.type === 'OnDelete') return [];
  const rolling = spec.updateStrategy?.rollingUpdate;
  const allowed = Math.max(
    1,
    resolveIntOrPercent(rolling?.maxUnavailable ?? 1, eligible.size, 'up'),
    resolveIntOrPercent(rolling?.maxSurge ?? 0, eligible.size, 'up'),
  );
  const current = [...eligible].flatMap((node) => byNode.get(node)?.[0] ?? []);
  const isUp = (pod: StoredObject): boolean =>
    !isDeleting(pod.object) && availableAtMs(podOf(pod), spec.minReadySeconds ?? 0) <= nowMs;
  const outdated = current.filter((pod) => hashOf(pod) !== hash && !isDeleting(pod.object));
  const missing = current.filter((pod) => !isUp(pod)).length;
  const broken = outdated.filter((pod) => !isUp(pod));
  const healthy = outdated.filter(isUp).slice(0, Math.max(0, allowed - missing));
  return [...broken, ...healthy].flatMap((pod) => deletion(pod, nowMs));
}

/** Bound by the scheduler like any other pod, to the one node that its affinity names. */
function createDaemon(set: DaemonSet, node: string, spec: PodSpec, hash: string, round: Round): ObjectWrite {
  const { name: setName = '', namespace = '' } = set.metadata;
  const generateName = `${setName}-`;
  const field = { key: 'metadata.name', operator: 'In', values: [node] };
  const terms = nodeAffinityOf(spec)?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}];
  const nodeAffinity = {
    ...nodeAffinityOf(spec),
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: terms.map((term) => ({ ...term, matchFields: [field] })),
    },
  };
  const affinity = { ...spec.affinity, nodeAffinity };
  const pod = newPod(
    {
      name: `${generateName}${randomSuffix(round.random)}`,
      generateName,
      namespace,
      template: templateOf(set.spec),
      owner: controllerReference(set),
      labels: { [revisionHashLabel]: hash, 'pod-template-generation': String(set.metadata.generation ?? 1) },
      spec: { ...spec, affinity },
    },
    timestamp(round.nowMs),
    round.newUid(),
  );
  return creation(pods, pod);
}

/** The node a daemon runs on or, before it's bound, is meant for. */
function targetNode(stored: StoredObject): string {
  const { spec } = podOf(stored);
  const [term] = nodeAffinityOf(spec)?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return spec.nodeName ?? term?.matchFields?.[0]?.values?.[0] ?? '';
}

function hashOf({ object }: StoredObject): string {
  return object.metadata.labels?.[revisionHashLabel] ?? '';
}

function statusOf({ spec, metadata }: DaemonSet, { eligible, byNode }: Daemons, hash: string, nowMs: number): object {
  const current = [...eligible].flatMap((node) => byNode.get(node)?.[0] ?? []);
  const misscheduled = [...byNode.keys()].filter((node) => !eligible.has(node)).length;
  const ready = current.filter((pod) => isReady(podOf(pod))).length;
  const available = current.filter((pod) => availableAtMs(podOf(pod), spec.minReadySeconds ?? 0) <= nowMs).length;
  const updated = current.filter((pod) => hashOf(pod) === hash).length;
  const unavailable = eligible.size - available;
  return {
    currentNumberScheduled: current.length,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: eligible.size,
    numberReady: ready,
    observedGeneration: metadata.generation ?? 0,
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(available > 0 && { numberAvailable: available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
  };
}
