import type { ClaimTemplate } from '@flotilla/kinds/builtin/apps/workload-types';
import type { PodTemplateSpec } from '@flotilla/kinds/builtin/core/pod-types';
import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { controllerReference, creation, deletion } from '../model/object-write.ts';
import { newPod } from '../model/pod.ts';
import { claims, pods } from '../model/resources.ts';
import { timestamp } from '../model/timestamp.ts';
import type { Round } from '../runner/controller.ts';
import { revisionHashLabel } from './template-revisions.ts';
import type { StatefulSet } from './workload.ts';

/** The pod of an ordinal: its name, host name and volumes follow from it. */
export function newMember(
  set: StatefulSet,
  ordinal: number,
  template: PodTemplateSpec,
  revisionName: string,
  { nowMs, newUid }: Round,
): ObjectWrite {
  const name = `${set.metadata.name ?? ''}-${ordinal}`;
  const own = (set.spec.volumeClaimTemplates ?? []).map((claim) => ({
    name: claim.metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimName(claim, name) },
  }));
  const ownNames = new Set(own.map((volume) => volume.name));
  const others = (template.spec?.volumes ?? []).filter((volume) => !ownNames.has(volume.name ?? ''));
  const volumes = [...own, ...others];
  const pod = newPod(
    {
      name,
      generateName: `${set.metadata.name ?? ''}-`,
      namespace: set.metadata.namespace ?? '',
      template,
      owner: controllerReference(set),
      labels: {
        [revisionHashLabel]: revisionName,
        'statefulset.kubernetes.io/pod-name': name,
        'apps.kubernetes.io/pod-index': String(ordinal),
      },
      spec: {
        ...template.spec,
        hostname: name,
        ...(set.spec.serviceName !== undefined && set.spec.serviceName !== '' && { subdomain: set.spec.serviceName }),
        ...(volumes.length > 0 && { volumes }),
      },
    },
    timestamp(nowMs),
    newUid(),
  );
  return creation(pods, pod);
}

/** Claims of a pod that aren't there yet. They outlive the pod: the next of its name gets the same volumes. */
export function claimWrites(set: StatefulSet, ordinal: number, { view, nowMs, newUid }: Round): readonly ObjectWrite[] {
  const { namespace = '', name = '' } = set.metadata;
  const isDeletedWithSet = set.spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete';
  const writes: ObjectWrite[] = [];
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const claim = claimName(template, `${name}-${ordinal}`);
    if (view.get(claims, namespace, claim) !== undefined) continue;
    const labels = { ...template.metadata?.labels, ...set.spec.selector?.matchLabels };
    const { annotations } = template.metadata ?? {};
    const object = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        name: claim,
        namespace,
        uid: newUid(),
        creationTimestamp: timestamp(nowMs),
        labels,
        ...(annotations !== undefined && { annotations }),
        ...(isDeletedWithSet && { ownerReferences: [controllerReference(set)] }),
      },
      spec: template.spec ?? {},
      status: { phase: 'Pending' },
    };
    writes.push(creation(claims, object));
  }
  return writes;
}

/** What goes with a pod that is scaled away. */
export function claimsToDelete(set: StatefulSet, pod: StoredObject, { view, nowMs }: Round): readonly ObjectWrite[] {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return [];
  return (set.spec.volumeClaimTemplates ?? []).flatMap((template) => {
    const claim = view.get(claims, pod.namespace, claimName(template, pod.name));
    return claim === undefined ? [] : deletion(claim, nowMs);
  });
}

function claimName({ metadata }: ClaimTemplate, podName: string): string {
  return `${metadata?.name ?? ''}-${podName}`;
}
