import type { KubeObject, OwnerReference } from '@flotilla/kinds/kube-object';

import type { KubeClient } from '../kube-client.ts';
import { removeObject } from './make-object.ts';
import { accountNamespace, memberAccount } from './member-account.ts';

/**
 * Removes what `join` made in the member; `false` when there is nothing of it. It must work with the account's own token, which loses its rights
 * half-way: so everything is first made to depend on the cluster role, and then the role is deleted; the member's garbage collector does the rest.
 */
export async function removeMemberAccount(client: KubeClient, cluster: string): Promise<boolean> {
  const { paths } = memberAccount(cluster);
  const role = await client.find<KubeObject>(paths.role);
  if (role === undefined) return false;
  const owner: OwnerReference = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    name: role.metadata.name ?? '',
    uid: role.metadata.uid ?? '',
  };
  const dependents = [paths.binding, paths.tokenSecret, paths.serviceAccount];
  if (await isNamespaceOurs(client, cluster)) dependents.push(`/api/v1/namespaces/${accountNamespace}`);
  for (const path of dependents) {
    // oxlint-disable-next-line no-await-in-loop
    if ((await client.find(path)) !== undefined) await own(client, path, owner);
  }
  await removeObject(client, paths.role);
  return true;
}

async function own(client: KubeClient, path: string, owner: OwnerReference): Promise<void> {
  await client.send({
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { metadata: { ownerReferences: [owner] } },
  });
}

/** Made by `join`, and nobody else's account lives there. */
async function isNamespaceOurs(client: KubeClient, cluster: string): Promise<boolean> {
  const namespace = await client.find<KubeObject>(`/api/v1/namespaces/${accountNamespace}`);
  if (namespace?.metadata.labels?.['app.kubernetes.io/managed-by'] !== 'flotilla') return false;
  const { items = [] } = await client.get<{ readonly items?: readonly KubeObject[] }>(
    `/api/v1/namespaces/${accountNamespace}/serviceaccounts`,
  );
  return items.every(
    ({ metadata }) => metadata.name === 'default' || metadata.name === memberAccount(cluster).serviceAccount,
  );
}
