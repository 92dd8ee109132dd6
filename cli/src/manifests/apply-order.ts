/** What others need comes first (pure): a namespace before what is in it, a CustomResourceDefinition before its objects, policies before what they select, so that it is placed and rendered once. */
import type { Manifest } from './manifest.ts';

const ranks: readonly (readonly string[])[] = [
  ['Namespace'],
  ['CustomResourceDefinition'],
  [
    'PriorityClass',
    'StorageClass',
    'RuntimeClass',
    'IngressClass',
    'ResourceQuota',
    'LimitRange',
    'ServiceAccount',
    'ClusterRole',
    'Role',
  ],
  ['ClusterRoleBinding', 'RoleBinding', 'Secret', 'ConfigMap', 'PersistentVolume', 'PersistentVolumeClaim'],
  ['OverridePolicy', 'ClusterOverridePolicy'],
  ['PropagationPolicy', 'ClusterPropagationPolicy'],
];

function rankOf({ object }: Manifest): number {
  const rank = ranks.findIndex((kinds) => kinds.includes(object.kind));
  return rank < 0 ? ranks.length : rank;
}

/** Batches to carry out one after the other; within a batch the order of the files. */
export function applyBatches(manifests: readonly Manifest[]): readonly (readonly Manifest[])[] {
  const batches: Manifest[][] = Array.from({ length: ranks.length + 1 }, () => []);
  for (const manifest of manifests) batches[rankOf(manifest)]?.push(manifest);
  return batches.filter((batch) => batch.length > 0);
}
