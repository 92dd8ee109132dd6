import {
  clusterPropagationPolicyNameAnnotation,
  propagationPolicyNameAnnotation,
  propagationPolicyNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';

/** The policy that claims a template: `PropagationPolicy shop/web`. */
export function claimOf({ metadata }: KubeObject): string | undefined {
  const { annotations = {} } = metadata;
  const name = annotations[propagationPolicyNameAnnotation];
  if (name !== undefined) return `PropagationPolicy ${annotations[propagationPolicyNamespaceAnnotation] ?? ''}/${name}`;
  const clusterWide = annotations[clusterPropagationPolicyNameAnnotation];
  return clusterWide === undefined ? undefined : `ClusterPropagationPolicy ${clusterWide}`;
}
