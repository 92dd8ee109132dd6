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

export function remedies(workload: Workload, clusters: readonly ClusterStatus[]): readonly string[] {
  const { binding } = workload;
  if (binding === undefined) return withoutBinding(workload);
  const found: string[] = [];
  if (conditionOf(binding, scheduledCondition)?.status === 'False') {
    found.push(`Why no cluster was found: flotilla explain ${command(workload)}`);
  }
  const { suspension } = binding.spec;
  if (suspension?.dispatching === true)
    found.push('Changes are held back: spec.suspension.dispatching of its policy is true');
  else if (suspension?.dispatchingOnClusters !== undefined) {
    found.push(
      `Changes are held back for ${(suspension.dispatchingOnClusters.clusterNames ?? []).join(', ')}: spec.suspension of its policy`,
    );
  }
  if (clusters.some(({ message }) => message !== undefined && /not managed|already exists|conflict/i.test(message))) {
    found.push('To take over an object that is in a cluster already: conflictResolution: Overwrite in the policy');
  }
  return found;
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
    return ['A policy claims it; the scheduler has not made its binding yet: look again in a moment'];
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
