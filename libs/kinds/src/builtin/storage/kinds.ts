import { age, tableOf, unset } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import {
  setCsiDriverDefaults,
  setStorageClassDefaults,
  validateCsiDriver,
  validateStorageClass,
} from './storage-class.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';
import type { CsiDriverSpec, StorageClass } from './storage-class.ts';

const storage = { group: 'storage.k8s.io', version: 'v1', isNamespaced: false };

export function storageKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...storage,
      kind: 'StorageClass',
      plural: 'storageclasses',
      shortNames: ['sc'],
      applyDefaults: setStorageClassDefaults,
      validate: validateStorageClass,
      table: storageClassTable,
    }),
    defineKind(schemas, {
      ...storage,
      kind: 'CSIDriver',
      plural: 'csidrivers',
      applyDefaults: setCsiDriverDefaults,
      validate: validateCsiDriver,
      table: csiDriverTable,
    }),
    defineKind(schemas, { ...storage, kind: 'CSINode', plural: 'csinodes', table: csiNodeTable }),
    defineKind(schemas, {
      ...storage,
      kind: 'CSIStorageCapacity',
      plural: 'csistoragecapacities',
      isNamespaced: true,
    }),
    defineKind(schemas, {
      ...storage,
      kind: 'VolumeAttachment',
      plural: 'volumeattachments',
      subresources: { status: true },
      table: attachmentTable,
    }),
    defineKind(schemas, {
      ...storage,
      kind: 'VolumeAttributesClass',
      plural: 'volumeattributesclasses',
      shortNames: ['vac'],
      table: attributesClassTable,
    }),
  ];
}

const storageClassTable = tableOf(
  ['Provisioner', 'ReclaimPolicy', 'VolumeBindingMode', 'AllowVolumeExpansion', 'Age'],
  (object, nowMs) => {
    const storageClass = object as KubeObject & StorageClass;
    return [
      storageClass.provisioner ?? '',
      storageClass.reclaimPolicy ?? 'Delete',
      storageClass.volumeBindingMode ?? 'Immediate',
      storageClass.allowVolumeExpansion === true,
      age(object, nowMs),
    ];
  },
);

const csiDriverTable = tableOf(
  [
    'AttachRequired:boolean',
    'PodInfoOnMount:boolean',
    'StorageCapacity:boolean',
    'TokenRequests',
    'RequiresRepublish:boolean',
    'Modes',
    'Age',
  ],
  (object, nowMs) => {
    const spec = (object['spec'] ?? {}) as CsiDriverSpec;
    const audiences = (spec.tokenRequests ?? []).map((request) => request.audience ?? '');
    return [
      spec.attachRequired !== false,
      spec.podInfoOnMount === true,
      spec.storageCapacity === true,
      audiences.length === 0 ? unset : audiences.join(','),
      spec.requiresRepublish === true,
      (spec.volumeLifecycleModes ?? ['Persistent']).join(','),
      age(object, nowMs),
    ];
  },
);

const csiNodeTable = tableOf(['Drivers:integer', 'Age'], (object, nowMs) => {
  const spec = (object['spec'] ?? {}) as { drivers?: unknown[] | null };
  return [spec.drivers?.length ?? 0, age(object, nowMs)];
});

const attachmentTable = tableOf(['Attacher', 'PV', 'Node', 'Attached:boolean', 'Age'], (object, nowMs) => {
  const spec = (object['spec'] ?? {}) as {
    attacher?: string;
    nodeName?: string;
    source?: { persistentVolumeName?: string };
  };
  const status = (object['status'] ?? {}) as { attached?: boolean };
  return [
    spec.attacher ?? '',
    spec.source?.persistentVolumeName ?? '',
    spec.nodeName ?? '',
    status.attached === true,
    age(object, nowMs),
  ];
});

const attributesClassTable = tableOf(['DriverName', 'Age'], (object, nowMs) => {
  const { driverName } = object as KubeObject & { driverName?: string };
  return [driverName ?? '', age(object, nowMs)];
});
