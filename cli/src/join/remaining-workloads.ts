import type { Binding } from '../workload/workload.ts';
import type { KubeClient } from '../kube-client.ts';

/** What is meant to run in the cluster, or was there when it was last heard of: `Deployment shop/web`. */
export async function remainingWorkloads(client: KubeClient, cluster: string): Promise<readonly string[]> {
  const lists = await Promise.all(
    ['resourcebindings', 'clusterresourcebindings'].map((plural) =>
      client.get<{ readonly items?: readonly Binding[] }>(`/apis/work.karmada.io/v1alpha2/${plural}`),
    ),
  );
  return lists
    .flatMap(({ items = [] }) => items)
    .filter(
      ({ spec, status }) =>
        (spec.clusters ?? []).some(({ name }) => name === cluster) ||
        (status?.aggregatedStatus ?? []).some(({ clusterName }) => clusterName === cluster),
    )
    .map(
      ({ spec: { resource } }) => `${resource.kind} ${[resource.namespace, resource.name].filter(Boolean).join('/')}`,
    );
}
