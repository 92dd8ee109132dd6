import type { ClusterRole } from './binding-plan.ts';
import { isSuspended, planBinding } from './binding-plan.ts';
import type { Binding } from './binding.ts';

/** How one binding appears as the Work of one cluster. */
export interface WorkRole {
  readonly role: ClusterRole & { readonly kind: 'apply' };
  readonly isSuspended: boolean;
}

const noWorks: ReadonlyMap<string, WorkRole> = new Map();

/** The clusters that have a Work for this binding: those where the object belongs, suspended or not, and those that keep it until its replacement runs. */
export function planWorks(binding: Binding): ReadonlyMap<string, WorkRole> {
  if (binding.metadata.deletionTimestamp !== undefined) return noWorks;
  const { suspension: _suspension, ...spec } = binding.spec;
  const works = new Map<string, WorkRole>();
  for (const [cluster, role] of planBinding({ spec, isDeleting: false, presentIn: [], isLeaving: () => false })) {
    if (role.kind === 'apply') works.set(cluster, { role, isSuspended: isSuspended(binding.spec, cluster) });
    else if (role.kind === 'hold') works.set(cluster, { role: evictedRole(binding, cluster), isSuspended: false });
  }
  return works;
}

function evictedRole(binding: Binding, cluster: string): WorkRole['role'] {
  const task = binding.spec.gracefulEvictionTasks?.find(({ fromCluster }) => fromCluster === cluster);
  return { kind: 'apply', replicas: task?.replicas, preservedLabels: undefined };
}
