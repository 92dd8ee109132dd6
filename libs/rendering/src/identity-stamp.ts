/**
 * Labels and annotations that tell, in the member, whose the object is.
 *
 * - `karmada.io/managed` is a label: members are watched with it as selector.
 * - The template's generation is stamped because aggregated status waits for members to have seen it; it changes only with the template's spec, when the copies change anyway.
 *   The template's resourceVersion is not: it changes with every status and metadata write.
 * - `managed-labels` and `managed-annotations` list the keys that come from here, so that a key removed from the template can be told from one that the member added.
 *
 * Most is the same in all clusters and made once per template (`stampOf`); only the Work's namespace and id differ (`stamp`).
 */
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import {
  clusterResourceBindingIdLabel,
  clusterResourceBindingNameAnnotation,
  conflictResolutionAbort,
  conflictResolutionAnnotation,
  conflictResolutionOverwrite,
  managedAnnotationsAnnotation,
  managedLabel,
  managedLabelsAnnotation,
  managedValue,
  resourceBindingIdLabel,
  resourceBindingNameAnnotation,
  resourceBindingNamespaceAnnotation,
  templateGenerationAnnotation,
  templateUidAnnotation,
  workIdLabel,
  workNameAnnotation,
  workNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { WorkIdentity } from './work-identity.ts';

type Texts = Readonly<Record<string, string>>;

/** Every label that a copy may get from here. */
const stampedLabels: ReadonlySet<string> = new Set([
  managedLabel,
  workIdLabel,
  resourceBindingIdLabel,
  clusterResourceBindingIdLabel,
]);

/** Every annotation that a copy may get from here, but the conflict resolution: that one may also be the user's own word on a template. */
const stampedAnnotations: ReadonlySet<string> = new Set([
  workNamespaceAnnotation,
  workNameAnnotation,
  resourceBindingNamespaceAnnotation,
  resourceBindingNameAnnotation,
  clusterResourceBindingNameAnnotation,
  templateUidAnnotation,
  templateGenerationAnnotation,
  managedLabelsAnnotation,
  managedAnnotationsAnnotation,
]);

/** The binding that places the template. */
export interface BindingIdentity {
  readonly kind: 'ResourceBinding' | 'ClusterResourceBinding';
  /** Empty for ClusterResourceBinding. */
  readonly namespace: string;
  readonly name: string;
  readonly permanentId: string;
}

/** What all copies of one template carry. */
export interface TemplateStamp {
  readonly labels: Texts;
  readonly annotations: Texts;
}

export function stampOf(
  template: KubeObject,
  binding: BindingIdentity,
  work: { readonly name: string },
): TemplateStamp {
  const { uid, generation } = template.metadata;
  const isNamespaced = binding.kind === 'ResourceBinding';
  const idLabel = isNamespaced ? resourceBindingIdLabel : clusterResourceBindingIdLabel;
  return {
    labels: { [managedLabel]: managedValue, [idLabel]: binding.permanentId },
    annotations: {
      [workNameAnnotation]: work.name,
      ...(isNamespaced
        ? { [resourceBindingNamespaceAnnotation]: binding.namespace, [resourceBindingNameAnnotation]: binding.name }
        : { [clusterResourceBindingNameAnnotation]: binding.name }),
      ...(uid === undefined ? {} : { [templateUidAnnotation]: uid }),
      ...(generation === undefined ? {} : { [templateGenerationAnnotation]: String(generation) }),
    },
  };
}

/** Metadata with everything stamped except what differs between clusters; the key lists already count that in. */
export function stampMetadata(metadata: ObjectMeta, stamp: TemplateStamp): ObjectMeta {
  const labels: Texts = { ...metadata.labels, ...stamp.labels };
  const annotations: Texts = { ...metadata.annotations, ...stamp.annotations };
  return {
    ...metadata,
    labels,
    annotations: {
      ...annotations,
      [managedLabelsAnnotation]: keyList(labels, workIdLabel),
      [managedAnnotationsAnnotation]: keyList(
        annotations,
        workNamespaceAnnotation,
        managedLabelsAnnotation,
        managedAnnotationsAnnotation,
      ),
    },
  };
}

export function stampWork(stamped: ObjectMeta, work: WorkIdentity): ObjectMeta {
  return {
    ...stamped,
    labels: { ...stamped.labels, [workIdLabel]: work.permanentId },
    annotations: { ...stamped.annotations, [workNamespaceAnnotation]: work.namespace },
  };
}

/** Metadata as if the object had never been one of our copies; the same maps where there is nothing to take away. Keeps the conflict resolution. */
export function withoutStamp({ labels, annotations, ...others }: ObjectMeta): ObjectMeta {
  return {
    ...others,
    ...(labels === undefined ? {} : { labels: without(labels, (key) => stampedLabels.has(key)) }),
    ...(annotations === undefined ? {} : { annotations: without(annotations, (key) => stampedAnnotations.has(key)) }),
  };
}

/** The member's object without any mark of ours: what "preserve on deletion" leaves behind. */
export function released(observed: KubeObject): KubeObject {
  const metadata = withoutStamp(observed.metadata);
  const { annotations } = metadata;
  return {
    ...observed,
    metadata: {
      ...metadata,
      ...(annotations === undefined
        ? {}
        : { annotations: without(annotations, (key) => key === conflictResolutionAnnotation) }),
    },
  };
}

function without(map: Texts, isDropped: (key: string) => boolean): Texts {
  if (!Object.keys(map).some(isDropped)) return map;
  return Object.fromEntries(Object.entries(map).filter(([key]) => !isDropped(key)));
}

function keyList(map: Texts, ...others: readonly string[]): string {
  return [...new Set([...Object.keys(map), ...others])].toSorted().join(',');
}

/** What to do about an object of that name that is not ours: the template's annotation beats the policy. */
export function conflictResolutionOf(
  template: KubeObject,
  policy: 'Abort' | 'Overwrite' | undefined,
): 'abort' | 'overwrite' {
  const wish = template.metadata.annotations?.[conflictResolutionAnnotation];
  if (wish === conflictResolutionAbort || wish === conflictResolutionOverwrite) return wish;
  return policy === 'Overwrite' ? conflictResolutionOverwrite : conflictResolutionAbort;
}
