import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';
import { creation, deletion, replacement, withSpec } from '../model/object-write.ts';
import { isDeleting } from '../model/pod.ts';
import { claims, storageClasses, volumes } from '../model/resources.ts';
import { timestamp } from '../model/timestamp.ts';
import { itself, nothing, type Controller, type Decision, type Round } from '../runner/controller.ts';

interface Claim extends KubeObject {
  readonly spec: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly volumeMode?: string;
    readonly accessModes?: readonly string[];
    readonly resources?: { readonly requests?: Readonly<Record<string, string>> };
  };
  readonly status?: { readonly phase?: string };
}

interface Volume extends KubeObject {
  readonly spec: {
    readonly claimRef?: { readonly uid?: string; readonly namespace?: string; readonly name?: string };
    readonly persistentVolumeReclaimPolicy?: string;
  };
}

export const defaultStorageClass = 'standard';

/** Provisions a volume for every claim at once, and lets it go with the claim. */
export function createClaimController(): Controller {
  return {
    name: 'claims',
    watches: [itself(claims), { resource: volumes, keysOf: ({ object }) => claimOf(object) }],
    open:
      (round) =>
      ({ namespace, name }) => {
        const stored = round.view.get(claims, namespace, name);
        const isThere = stored !== undefined && !isDeleting(stored.object);
        return isThere ? bind(stored, round) : { writes: orphans(namespace, name, round) };
      },
  };
}

function claimOf({ object }: StoredObject): readonly { readonly namespace: string; readonly name: string }[] {
  const { namespace, name } = (object as Volume).spec.claimRef ?? {};
  return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
}

function orphans(namespace: string, name: string, { view, nowMs }: Round): Decision['writes'] {
  return view
    .list(volumes)
    .filter(({ object }) => {
      const { claimRef, persistentVolumeReclaimPolicy } = (object as Volume).spec;
      return claimRef?.namespace === namespace && claimRef.name === name && persistentVolumeReclaimPolicy === 'Delete';
    })
    .flatMap((volume) => deletion(volume, nowMs));
}

function bind(stored: StoredObject, round: Round): Decision {
  const claim = stored.object as Claim;
  if (claim.status?.phase === 'Bound') return nothing;
  const { accessModes, resources, volumeMode = 'Filesystem' } = claim.spec;
  const storageClassName = claim.spec.storageClassName ?? defaultStorageClass;
  if (storageClassName === '' || round.view.get(storageClasses, '', storageClassName) === undefined) return nothing;
  const volumeName = claim.spec.volumeName ?? `pvc-${claim.metadata.uid ?? ''}`;
  const capacity = { storage: resources?.requests?.['storage'] ?? '1Gi' };
  const bound = {
    ...withSpec(
      claim,
      { ...claim.spec, storageClassName, volumeName, volumeMode },
      {
        ...claim.metadata.annotations,
        'pv.kubernetes.io/bind-completed': 'yes',
        'volume.kubernetes.io/storage-provisioner': provisioner,
      },
    ),
    status: { phase: 'Bound', accessModes, capacity },
  };
  const { generation: _, ...metadata } = bound.metadata;
  const isNew = round.view.get(volumes, '', volumeName) === undefined;
  return {
    writes: [
      replacement(stored, { ...bound, metadata }),
      ...(isNew ? [creation(volumes, newVolume(claim, volumeName, storageClassName, round))] : []),
    ],
  };
}

const provisioner = 'simulator.flotilla.io/volumes';

function newVolume({ metadata, spec }: Claim, name: string, storageClassName: string, round: Round): KubeObject {
  const { namespace, name: claimName, uid } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      uid: round.newUid(),
      creationTimestamp: timestamp(round.nowMs),
      annotations: { 'pv.kubernetes.io/provisioned-by': provisioner },
    },
    spec: {
      capacity: { storage: spec.resources?.requests?.['storage'] ?? '1Gi' },
      csi: { driver: provisioner, volumeHandle: name },
      accessModes: spec.accessModes,
      claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name: claimName, uid },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName,
      volumeMode: spec.volumeMode ?? 'Filesystem',
    },
    status: { phase: 'Bound' },
  };
}

export function newStorageClass(uid: string, creationTimestamp: string): KubeObject {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: defaultStorageClass,
      uid,
      creationTimestamp,
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner,
    reclaimPolicy: 'Delete',
    allowVolumeExpansion: true,
    volumeBindingMode: 'Immediate',
  };
}
