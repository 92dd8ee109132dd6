import type { ResourceId } from '@flotilla/kinds/kind-definition';

/** What the controllers of a simulated member read and write. */
export const pods: ResourceId = { group: '', resource: 'pods' };
export const nodes: ResourceId = { group: '', resource: 'nodes' };
export const namespaces: ResourceId = { group: '', resource: 'namespaces' };
export const services: ResourceId = { group: '', resource: 'services' };
export const endpoints: ResourceId = { group: '', resource: 'endpoints' };
export const endpointSlices: ResourceId = { group: 'discovery.k8s.io', resource: 'endpointslices' };
export const ingresses: ResourceId = { group: 'networking.k8s.io', resource: 'ingresses' };
export const configMaps: ResourceId = { group: '', resource: 'configmaps' };
export const secrets: ResourceId = { group: '', resource: 'secrets' };
export const serviceAccounts: ResourceId = { group: '', resource: 'serviceaccounts' };
export const claims: ResourceId = { group: '', resource: 'persistentvolumeclaims' };
export const volumes: ResourceId = { group: '', resource: 'persistentvolumes' };
export const storageClasses: ResourceId = { group: 'storage.k8s.io', resource: 'storageclasses' };
export const deployments: ResourceId = { group: 'apps', resource: 'deployments' };
export const replicaSets: ResourceId = { group: 'apps', resource: 'replicasets' };
export const statefulSets: ResourceId = { group: 'apps', resource: 'statefulsets' };
export const daemonSets: ResourceId = { group: 'apps', resource: 'daemonsets' };
export const controllerRevisions: ResourceId = { group: 'apps', resource: 'controllerrevisions' };
export const jobs: ResourceId = { group: 'batch', resource: 'jobs' };
export const cronJobs: ResourceId = { group: 'batch', resource: 'cronjobs' };
export const disruptionBudgets: ResourceId = { group: 'policy', resource: 'poddisruptionbudgets' };
export const priorityClasses: ResourceId = { group: 'scheduling.k8s.io', resource: 'priorityclasses' };

export function resourceKey({ group, resource }: ResourceId): string {
  return `${group}/${resource}`;
}
