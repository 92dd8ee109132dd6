/**
 * What must not travel from a template to a member: what the control plane's API server owns, what a member's controllers generate for themselves, the marks of policy
 * claims, which say nothing to a member and would cost an update of every copy when a policy takes over, and the stamp of a copy that somebody made a template of: it would
 * say that the new copies are another binding's.
 */
import { fieldsOf, isFields, listAt, textAt, withField } from '@flotilla/interpreter/object-field';
import type { Fields } from '@flotilla/interpreter/object-field';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import {
  clusterPropagationPolicyIdLabel,
  clusterPropagationPolicyNameAnnotation,
  propagationPolicyIdLabel,
  propagationPolicyNameAnnotation,
  propagationPolicyNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import { withoutStamp } from './identity-stamp.ts';

type Texts = Readonly<Record<string, string>>;

const jobLabels = ['controller-uid', 'job-name', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'];
const claimLabels = [propagationPolicyIdLabel, clusterPropagationPolicyIdLabel];
const claimAnnotations = [
  propagationPolicyNamespaceAnnotation,
  propagationPolicyNameAnnotation,
  clusterPropagationPolicyNameAnnotation,
];

/** A copy without what must not travel; shares everything else. */
export function pruneTemplate(template: KubeObject): KubeObject {
  const { status: _status, metadata, ...rest } = template;
  const pruned: KubeObject = {
    ...rest,
    apiVersion: template.apiVersion,
    kind: template.kind,
    metadata: pruneMetadata(metadata),
  };
  const pruneKind = prunersByKind.get(`${template.apiVersion} ${template.kind}`);
  return pruneKind === undefined ? pruned : pruneKind(pruned);
}

function pruneMetadata(metadata: ObjectMeta): ObjectMeta {
  const {
    creationTimestamp: _creationTimestamp,
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _deletionGracePeriodSeconds,
    finalizers: _finalizers,
    generateName: _generateName,
    generation: _generation,
    managedFields: _managedFields,
    ownerReferences: _ownerReferences,
    resourceVersion: _resourceVersion,
    uid: _uid,
    labels,
    annotations,
    ...rest
  } = metadata;
  const { selfLink: _selfLink, ...kept } = rest as ObjectMeta & { readonly selfLink?: unknown };
  return withoutStamp({
    ...kept,
    ...(!isFields(labels) ? {} : { labels: withoutKeys(labels, claimLabels) }),
    ...(!isFields(annotations) ? {} : { annotations: withoutKeys(annotations, claimAnnotations) }),
  });
}

type Pruner = (manifest: KubeObject) => KubeObject;

const prunersByKind: ReadonlyMap<string, Pruner> = new Map<string, Pruner>([
  [
    'apps/v1 Deployment',
    (manifest) => withoutAnnotations(manifest, (key) => key.startsWith('deployment.kubernetes.io/')),
  ],
  ['batch/v1 Job', pruneJob],
  [
    'v1 PersistentVolumeClaim',
    (manifest) => withoutAnnotations(manifest, (key) => key === 'volume.kubernetes.io/selected-node'),
  ],
  ['v1 Secret', pruneTokenSecret],
  ['v1 Service', pruneService],
  ['v1 ServiceAccount', pruneServiceAccount],
]);

/** With `manualSelector` the labels are the user's. The time to live must not delete in members what the control plane still wants there. */
function pruneJob(manifest: KubeObject): KubeObject {
  const job = withField(manifest, ['spec', 'ttlSecondsAfterFinished'], undefined);
  if (fieldsOf(job['spec'])['manualSelector'] === true) return job;
  let pruned = job;
  for (const path of [
    ['metadata', 'labels'],
    ['spec', 'template', 'metadata', 'labels'],
    ['spec', 'selector', 'matchLabels'],
  ]) {
    pruned = withoutKeysAt(pruned, path, jobLabels);
  }
  const selector = fieldsOf(fieldsOf(pruned['spec'])['selector']);
  const isEmpty =
    Object.keys(fieldsOf(selector['matchLabels'])).length === 0 && listAt(selector, 'matchExpressions').length === 0;
  return isEmpty ? withField(pruned, ['spec', 'selector'], undefined) : pruned;
}

/** `None` is a choice of the user; an address is one of the control plane's. */
function pruneService(manifest: KubeObject): KubeObject {
  if (fieldsOf(manifest['spec'])['clusterIP'] === 'None') return manifest;
  return withField(withField(manifest, ['spec', 'clusterIP'], undefined), ['spec', 'clusterIPs'], undefined);
}

/** Token Secrets of an account are made in each cluster, as `<account>-token-<suffix>`. */
function pruneServiceAccount(manifest: KubeObject): KubeObject {
  const secrets = listAt(manifest, 'secrets');
  const prefix = `${manifest.metadata.name ?? ''}-token-`;
  const kept = secrets.filter((secret) => !textAt(fieldsOf(secret), 'name')?.startsWith(prefix));
  if (kept.length === secrets.length) return manifest;
  return withField(manifest, ['secrets'], kept.length === 0 ? undefined : kept);
}

function pruneTokenSecret(manifest: KubeObject): KubeObject {
  if (manifest['type'] !== 'kubernetes.io/service-account-token') return manifest;
  const withoutUid = withoutAnnotations(manifest, (key) => key === 'kubernetes.io/service-account.uid');
  return withField(withoutUid, ['data'], undefined);
}

function withoutAnnotations(manifest: KubeObject, isDropped: (key: string) => boolean): KubeObject {
  const { annotations } = manifest.metadata;
  if (annotations === undefined) return manifest;
  return withField(
    manifest,
    ['metadata', 'annotations'],
    withoutKeys(annotations, Object.keys(annotations).filter(isDropped)),
  );
}

function withoutKeysAt(manifest: KubeObject, path: readonly string[], keys: readonly string[]): KubeObject {
  let current: unknown = manifest;
  for (const key of path) current = fieldsOf(current)[key];
  return current === undefined ? manifest : withField(manifest, path, withoutKeys(fieldsOf(current), keys));
}

function withoutKeys<T extends Fields | Texts>(map: T, keys: readonly string[]): T {
  if (!keys.some((key) => Object.hasOwn(map, key))) return map;
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key))) as T;
}
