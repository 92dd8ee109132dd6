import type { KubeObject } from '@flotilla/kinds/kube-object';

import { CliError, StatusError } from '../errors.ts';
import type { KubeClient } from '../kube-client.ts';

export interface MemberFacts {
  readonly version: string;
  /** The same however the cluster is reached. */
  readonly id: string;
}

const clusterProperty = '/apis/about.k8s.io/v1alpha1/clusterproperties/cluster.clusterset.k8s.io';

/** What a cluster says about itself; the first request to it. */
export async function readMemberFacts(client: KubeClient): Promise<MemberFacts> {
  const { gitVersion } = await client.get<{ readonly gitVersion?: string }>('/version');
  if (gitVersion === undefined) throw new CliError(`what answers at ${client.url} is no Kubernetes API server`);
  return { version: gitVersion, id: await readClusterId(client) };
}

/** Its property in the cluster set if it has one, else the UID of namespace kube-system. */
export async function readClusterId(client: KubeClient): Promise<string> {
  const property = await findProperty(client);
  const value = (property?.['spec'] as { readonly value?: string } | undefined)?.value;
  if (value !== undefined && value !== '') return value;
  const { metadata } = await client.get<KubeObject>('/api/v1/namespaces/kube-system');
  return metadata.uid ?? '';
}

/** Few clusters have that kind; who may not read it goes without. */
async function findProperty(client: KubeClient): Promise<KubeObject | undefined> {
  try {
    return await client.find<KubeObject>(clusterProperty);
  } catch (error) {
    if (error instanceof StatusError && error.code === 403) return undefined;
    throw error;
  }
}
