import { forbiddenValue } from '../../field-error.ts';
import { age, tableOf } from '../table/columns.ts';
import type { FieldError, MutableKubeObject } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';

const nameLabel = 'kubernetes.io/metadata.name';

interface NamespaceParts {
  spec?: { finalizers?: string[] };
  status?: { phase?: string };
}

/** Every namespace carries its own name as a label, so that selectors can name it. */
export function setNamespaceDefaults(draft: MutableKubeObject): void {
  const name = draft.metadata['name'];
  if (typeof name !== 'string' || name === '') return;
  const labels = draft.metadata['labels'] as Record<string, string> | undefined;
  if (labels?.[nameLabel] === name) return;
  draft.metadata['labels'] = { ...labels, [nameLabel]: name };
}

export function prepareNamespaceForCreate(draft: MutableKubeObject): void {
  const namespace = draft as MutableKubeObject & NamespaceParts;
  const finalizers = namespace.spec?.finalizers ?? [];
  namespace.spec = {
    ...namespace.spec,
    finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'],
  };
  namespace.status = { phase: 'Active' };
  setNamespaceDefaults(draft);
}

/** Finalizers leave through the finalize subresource only. */
export function prepareNamespaceForUpdate(draft: MutableKubeObject, old: KubeObject): void {
  const finalizers = (old as KubeObject & NamespaceParts).spec?.finalizers;
  const spec = { ...(draft['spec'] as object | undefined) } as { finalizers?: string[] };
  if (finalizers === undefined) delete spec.finalizers;
  else spec.finalizers = finalizers;
  draft['spec'] = spec;
}

export function validateNamespaceStatus(object: KubeObject, old: KubeObject): readonly FieldError[] {
  const phase = (object as KubeObject & NamespaceParts).status?.phase;
  if (old.metadata.deletionTimestamp === undefined && phase === 'Terminating') {
    return [forbiddenValue('status.phase', 'may only be Terminating when `metadata.deletionTimestamp` is set')];
  }
  return [];
}

export const namespaceTable = tableOf(['Status', 'Age'], (object, nowMs) => [
  (object as KubeObject & NamespaceParts).status?.phase ?? '',
  age(object, nowMs),
]);
