import type { ResourceId } from '@flotilla/kinds/kind-definition';

/** What this service reads and writes in the store. */
export const resourceBindings: ResourceId = { group: 'work.karmada.io', resource: 'resourcebindings' };
export const clusterResourceBindings: ResourceId = { group: 'work.karmada.io', resource: 'clusterresourcebindings' };
export const works: ResourceId = { group: 'work.karmada.io', resource: 'works' };
export const clusters: ResourceId = { group: 'cluster.karmada.io', resource: 'clusters' };
export const overridePolicies: ResourceId = { group: 'policy.karmada.io', resource: 'overridepolicies' };
export const clusterOverridePolicies: ResourceId = { group: 'policy.karmada.io', resource: 'clusteroverridepolicies' };
export const namespaces: ResourceId = { group: '', resource: 'namespaces' };
export const secrets: ResourceId = { group: '', resource: 'secrets' };

export function sameResource(a: ResourceId, b: ResourceId): boolean {
  return a.resource === b.resource && a.group === b.group;
}
