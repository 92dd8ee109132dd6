/** The labels and annotations by which templates and bindings tell their policy. */
import type { ObjectMeta } from '@flotilla/kinds/kube-object';
import {
  clusterPropagationPolicyIdLabel,
  clusterPropagationPolicyNameAnnotation,
  propagationPolicyIdLabel,
  propagationPolicyNameAnnotation,
  propagationPolicyNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { CompiledPolicy } from './compiled-policy.ts';

type Texts = Readonly<Record<string, string>>;

const labelKeys = [propagationPolicyIdLabel, clusterPropagationPolicyIdLabel];
const annotationKeys = [
  propagationPolicyNamespaceAnnotation,
  propagationPolicyNameAnnotation,
  clusterPropagationPolicyNameAnnotation,
];

/** Metadata that names `policy`, or none. The same object when nothing changes. */
export function withClaim(metadata: ObjectMeta, policy: CompiledPolicy | undefined): ObjectMeta {
  const labels = replaceKeys(metadata.labels, labelKeys, policy === undefined ? {} : claimLabels(policy));
  const annotations = replaceKeys(
    metadata.annotations,
    annotationKeys,
    policy === undefined ? {} : claimAnnotations(policy),
  );
  if (labels === metadata.labels && annotations === metadata.annotations) return metadata;
  return {
    ...metadata,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

export function claimLabels({ kind, permanentId }: CompiledPolicy): Texts {
  return kind === 'PropagationPolicy'
    ? { [propagationPolicyIdLabel]: permanentId }
    : { [clusterPropagationPolicyIdLabel]: permanentId };
}

export function claimAnnotations({ kind, namespace, name }: CompiledPolicy): Texts {
  return kind === 'PropagationPolicy'
    ? { [propagationPolicyNamespaceAnnotation]: namespace, [propagationPolicyNameAnnotation]: name }
    : { [clusterPropagationPolicyNameAnnotation]: name };
}

/** Sets `wanted` and removes the other `owned` keys. The same object when nothing changes. */
export function replaceKeys(current: Texts | undefined, owned: readonly string[], wanted: Texts): Texts | undefined {
  const isSame =
    owned.every((key) => current?.[key] === wanted[key]) &&
    Object.keys(wanted).every((key) => current?.[key] === wanted[key]);
  if (isSame) return current;
  const rest = Object.fromEntries(Object.entries(current ?? {}).filter(([key]) => !owned.includes(key)));
  return { ...rest, ...wanted };
}
