/** What to do when a template is not where its owner expects it (pure). */
import { isReservedNamespace, scheduledCondition } from '@flotilla/kinds/karmada/well-known';
import type { Condition } from '@flotilla/kinds/kube-object';

import { apiVersionOf } from '../discovery.ts';
import type { ClusterStatus } from './cluster-status.ts';
import { claimOf } from './claim.ts';
import type { Binding, Workload } from './workload.ts';

/** Kinds that tell the control plane what to do and are never sent anywhere. */
const controlGroups: readonly string[] = [
  'policy.karmada.io',
  'work.karmada.io',
  'cluster.karmada.io',
  'config.karmada.io',
];

export interface RemedyContext {
  /** Of the control plane; members' pods can be looked at through it. */
  readonly serverUrl: string;
}

export function remedies(
  workload: Workload,
  clusters: readonly ClusterStatus[],
  { serverUrl }: RemedyContext,
): readonly string[] {
  const { binding, template } = workload;
  if (binding === undefined) return withoutBinding(workload);
  return [
    ...aboutDeletion(template, clusters),
    ...aboutScheduling(workload, binding, clusters),
    ...aboutSuspension(binding),
    ...aboutConflicts(clusters),
    ...aboutPods(workload, clusters, serverUrl),
  ];
}

function aboutDeletion({ metadata }: Workload['template'], clusters: readonly ClusterStatus[]): readonly string[] {
  if (metadata.deletionTimestamp === undefined || clusters.length === 0) return [];
  const unreachable = clusters.filter(({ clusterProblem }) => clusterProblem !== undefined);
  if (unreachable.length === 0) return ['It is gone once every cluster has removed it'];
  const names = unreachable.map(({ cluster }) => cluster).join(', ');
  return [`It is gone once ${names} can be reached again and has removed it, or has left the fleet: flotilla unjoin`];
}

function aboutScheduling(workload: Workload, binding: Binding, clusters: readonly ClusterStatus[]): readonly string[] {
  if (workload.template.metadata.deletionTimestamp !== undefined) return [];
  const isSomewhere = clusters.some(({ isLeaving }) => !isLeaving);
  if (conditionOf(binding, scheduledCondition)?.status === 'False') {
    const why = `flotilla explain ${command(workload)}`;
    return [
      isSomewhere
        ? `What runs stays as it is: there is no place for all that is asked for now. Why: ${why}`
        : `Why it is in no cluster: ${why}`,
    ];
  }
  const isOnItsOwn = binding.spec.placement !== undefined && claimOf(workload.template) === undefined;
  return isOnItsOwn && isSomewhere
    ? ['No policy selects it any more: it stays where it is. To move it, write a policy; to end it, delete it']
    : [];
}

function aboutSuspension({ spec }: Binding): readonly string[] {
  const { suspension } = spec;
  if (suspension?.dispatching === true)
    return ['Changes are held back: spec.suspension.dispatching of its policy is true'];
  if (suspension?.dispatchingOnClusters === undefined) return [];
  const names = (suspension.dispatchingOnClusters.clusterNames ?? []).join(', ');
  return [`Changes are held back for ${names}: spec.suspension.dispatchingOnClusters of its policy`];
}

/** Unless the message itself says how. */
function aboutConflicts(clusters: readonly ClusterStatus[]): readonly string[] {
  const isForeign = (message: string): boolean =>
    /not managed|already exists|conflict/i.test(message) && !message.includes('conflictResolution');
  return clusters.some(({ message }) => message !== undefined && isForeign(message))
    ? ['To take over an object that is in a cluster already: conflictResolution: Overwrite in the policy']
    : [];
}

/** Members report counts, not reasons: those are with the pods. */
function aboutPods({ template }: Workload, clusters: readonly ClusterStatus[], serverUrl: string): readonly string[] {
  const lacking = clusters.find(
    ({ applied, isLeaving, clusterProblem, replicas = 0, ready = 0 }) =>
      applied === 'yes' && !isLeaving && clusterProblem === undefined && ready < replicas,
  );
  const { namespace } = template.metadata;
  if (lacking === undefined || namespace === undefined) return [];
  const proxy = `${serverUrl}/apis/cluster.karmada.io/v1alpha1/clusters/${lacking.cluster}/proxy`;
  return [`What pods in ${lacking.cluster} wait for:`, `  kubectl get events,pods -n ${namespace} --server ${proxy}`];
}

function withoutBinding(workload: Workload): readonly string[] {
  const { kind, template } = workload;
  const { name = '', namespace } = template.metadata;
  if (kind.kind === 'Namespace' && kind.group === '')
    return ['Namespaces are made in every cluster by themselves, without a policy'];
  if (controlGroups.includes(kind.group))
    return [`A ${kind.kind} is for the control plane itself and is not propagated`];
  if (namespace !== undefined && isReservedNamespace(namespace))
    return [`Objects of namespace ${namespace} are never propagated: it belongs to the system`];
  if (claimOf(template) !== undefined)
    return ['A policy selects it, and the scheduler has not made its binding yet: look again in a moment'];
  const policy = kind.isNamespaced ? `PropagationPolicy in namespace ${namespace ?? ''}` : 'ClusterPropagationPolicy';
  return [
    `No policy selects it, so it stays in the control plane. Write a ${policy} with:`,
    '  resourceSelectors:',
    `    - { apiVersion: ${apiVersionOf(kind)}, kind: ${kind.kind}, name: ${name} }`,
    'An example is in docs/samples/storefront/policy.yaml',
  ];
}

export function conditionOf(binding: Binding, type: string): Condition | undefined {
  return ((binding.status?.conditions ?? []) as readonly Condition[]).find((condition) => condition.type === type);
}

/** `deployment web -n shop`. */
export function command({ kind, template }: Workload): string {
  const { name = '', namespace } = template.metadata;
  return `${kind.singular} ${name}${namespace === undefined ? '' : ` -n ${namespace}`}`;
}
