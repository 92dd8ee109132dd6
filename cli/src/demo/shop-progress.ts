import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane } from '../control-plane.ts';
import { pathOf } from '../discovery.ts';
import type { ManifestSet } from '../manifests/manifest.ts';
import { clusterStatuses } from '../workload/cluster-status.ts';
import { findBinding } from '../workload/read-workload.ts';

export interface ShopProgress {
  readonly isDone: boolean;
  readonly text: string;
  /** `deployment web`: something that is not there yet. */
  readonly waitingFor?: string;
}

/** How far what the manifests declare is carried out: objects in their clusters, replicas ready. */
export async function readShop(controlPlane: ControlPlane, { manifests }: ManifestSet): Promise<ShopProgress> {
  const discovery = await controlPlane.discovery();
  const templates = manifests.filter(
    ({ object }) => object.metadata.namespace !== undefined && !object.apiVersion.startsWith('policy.'),
  );
  const counts = { objects: 0, placed: 0, wanted: 0, ready: 0 };
  let waitingFor: string | undefined;
  for (const { object } of templates) {
    const kind = discovery.find(object.apiVersion, object.kind);
    if (kind === undefined) continue;
    const template = await controlPlane.client.get<KubeObject>(
      pathOf(kind, object.metadata.namespace, object.metadata.name),
    );
    const binding = await findBinding(controlPlane, kind, template);
    const clusters = clusterStatuses({ kind, template, binding }, { clusters: [], overrides: [] });
    const isPlaced = clusters.length > 0 && clusters.every(({ applied }) => applied === 'yes');
    const ready = clusters.reduce((sum, each) => sum + (each.ready ?? 0), 0);
    const wanted = clusters.reduce((sum, each) => sum + (each.ready === undefined ? 0 : (each.replicas ?? 0)), 0);
    counts.objects += 1;
    counts.placed += isPlaced ? 1 : 0;
    counts.ready += ready;
    counts.wanted += wanted;
    if (!isPlaced || ready < wanted) waitingFor ??= `${kind.singular} ${object.metadata.name ?? ''}`;
  }
  return {
    isDone: waitingFor === undefined,
    text: `${counts.placed} of ${counts.objects} objects are in their clusters, ${counts.ready} of ${counts.wanted} replicas ready`,
    ...(waitingFor === undefined ? {} : { waitingFor }),
  };
}
