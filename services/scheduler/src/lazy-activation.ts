/**
 * Lazy policies: a change of the policy takes effect for a template only when the template itself changes next. The template's content at the time it was claimed, or last propagated, is
 * remembered as a hash in an annotation; equal content means that only the policy has changed since.
 */
import { fnv32a } from '@flotilla/placement/division/tie-order';
import { replaceKeys } from '@flotilla/placement/policy/claim-markers';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import {
  clusterPropagationPolicyIdLabel,
  clusterPropagationPolicyNameAnnotation,
  propagationPolicyIdLabel,
  propagationPolicyNameAnnotation,
  propagationPolicyNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';

export const lazyContentAnnotation = 'scheduler.flotilla.io/lazy-content';

const markerKeys = [
  propagationPolicyIdLabel,
  clusterPropagationPolicyIdLabel,
  propagationPolicyNamespaceAnnotation,
  propagationPolicyNameAnnotation,
  clusterPropagationPolicyNameAnnotation,
  lazyContentAnnotation,
];

/** Of what users write: everything but status, what the server keeps, and our own markers. */
export function contentHash({
  apiVersion: _version,
  kind: _kind,
  metadata,
  status: _status,
  ...content
}: KubeObject): string {
  const labels = replaceKeys(metadata.labels, markerKeys, {}) ?? {};
  const annotations = replaceKeys(metadata.annotations, markerKeys, {}) ?? {};
  const text = JSON.stringify([metadata.uid, sorted(labels), sorted(annotations), content]);
  return fnv32a(text).toString(16).padStart(8, '0');
}

function sorted(texts: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(texts).toSorted(([left], [right]) => (left < right ? -1 : 1));
}

export interface LazyInput {
  readonly template: KubeObject;
  /** Claimed by this policy already, before this decision. */
  readonly isHolder: boolean;
  /** Revisions of template and policy: which of them changed last. */
  readonly templateRevision: number;
  readonly policyRevision: number;
  readonly hash: string;
}

/** True when the user has touched the template since the policy last took effect or changed. */
export function isActivated({ template, isHolder, templateRevision, policyRevision, hash }: LazyInput): boolean {
  const seen = template.metadata.annotations?.[lazyContentAnnotation];
  return isHolder && seen !== undefined ? seen !== hash : templateRevision > policyRevision;
}
