/**
 * Which clusters the workloads of an affinity or anti-affinity group are in. A decision counts from the moment it is made: two workloads of a group that are
 * placed at the same time see each other before either is stored.
 */
import type { PeerPlacement } from '@flotilla/placement/workload';
import type { ResourceBindingSpec } from '@flotilla/kinds/karmada/work';

export interface WorkloadGroups {
  /** Takes in a binding's groups and clusters; `undefined` = it is gone. */
  set(bindingKey: string, namespace: string, spec: ResourceBindingSpec | undefined): void;
  /** Members of the group other than `bindingKey`. */
  peers(namespace: string, group: string | undefined, bindingKey: string): readonly PeerPlacement[];
}

export function createWorkloadGroups(): WorkloadGroups {
  const groups = new Map<string, Map<string, PeerPlacement>>();
  const memberships = new Map<string, readonly string[]>();

  function leave(bindingKey: string): void {
    for (const group of memberships.get(bindingKey) ?? []) {
      const members = groups.get(group);
      members?.delete(bindingKey);
      if (members?.size === 0) groups.delete(group);
    }
    memberships.delete(bindingKey);
  }

  return {
    set(bindingKey, namespace, spec) {
      leave(bindingKey);
      const { affinityGroup, antiAffinityGroup } = spec?.workloadAffinityGroups ?? {};
      const joined = [affinityGroup, antiAffinityGroup].filter((group) => group !== undefined && group !== '');
      if (joined.length === 0) return;
      const keys = joined.map((group) => `${namespace}|${group}`);
      const placement = { name: bindingKey, clusters: new Set((spec?.clusters ?? []).map(({ name }) => name)) };
      for (const key of keys) {
        let members = groups.get(key);
        if (members === undefined) groups.set(key, (members = new Map()));
        members.set(bindingKey, placement);
      }
      memberships.set(bindingKey, keys);
    },
    peers(namespace, group, bindingKey) {
      if (group === undefined || group === '') return [];
      const members = groups.get(`${namespace}|${group}`);
      return members === undefined ? [] : [...members.values()].filter(({ name }) => name !== bindingKey);
    },
  };
}
