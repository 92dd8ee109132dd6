import type { ResourceId } from '@flotilla/kinds/kind-definition';

export const resourceBindings: ResourceId = { group: 'work.karmada.io', resource: 'resourcebindings' };
export const clusterResourceBindings: ResourceId = { group: 'work.karmada.io', resource: 'clusterresourcebindings' };
export const clusters: ResourceId = { group: 'cluster.karmada.io', resource: 'clusters' };
export const propagationPolicies: ResourceId = { group: 'policy.karmada.io', resource: 'propagationpolicies' };
export const clusterPropagationPolicies: ResourceId = {
  group: 'policy.karmada.io',
  resource: 'clusterpropagationpolicies',
};
export const overridePolicies: ResourceId = { group: 'policy.karmada.io', resource: 'overridepolicies' };
export const clusterOverridePolicies: ResourceId = { group: 'policy.karmada.io', resource: 'clusteroverridepolicies' };
export const priorityClasses: ResourceId = { group: 'scheduling.k8s.io', resource: 'priorityclasses' };
export const federatedResourceQuotas: ResourceId = {
  group: 'policy.karmada.io',
  resource: 'federatedresourcequotas',
};
export const workloadRebalancers: ResourceId = { group: 'apps.karmada.io', resource: 'workloadrebalancers' };

export function sameResource(left: ResourceId, right: ResourceId): boolean {
  return left.resource === right.resource && left.group === right.group;
}
