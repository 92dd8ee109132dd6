import { nameAndAge } from '../table/columns.ts';
import { timestamp } from '../timestamp.ts';
import { replicaScale } from '../replica-scale.ts';
import { defineKind } from '../define-kind.ts';
import { validateClaim } from './claim-validation.ts';
import { configMapTable, secretTable, setSecretDefaults, validateConfigMap, validateSecret } from './config-kinds.ts';
import {
  setClaimDefaults,
  setEndpointsDefaults,
  setEventDefaults,
  setLimitRangeDefaults,
  setPodTemplateKindDefaults,
  setReplicationControllerDefaults,
  setVolumeDefaults,
} from './core-defaults.ts';
import {
  claimTable,
  endpointsTable,
  eventTable,
  nodeTable,
  podTemplateTable,
  replicationControllerTable,
  resourceQuotaTable,
  volumeTable,
} from './core-tables.ts';
import {
  validateEndpoints,
  validateEvent,
  validateLimitRange,
  validateNode,
  validatePodTemplateKind,
  validateReplicationController,
  validateResourceQuota,
  validateServiceAccount,
  validateVolumeKind,
} from './core-validation.ts';
import { eventFields, namespaceFields, nodeFields, podFields, replicaFields, secretFields } from './core-fields.ts';
import {
  namespaceTable,
  prepareNamespaceForCreate,
  prepareNamespaceForUpdate,
  setNamespaceDefaults,
  validateNamespaceStatus,
} from './namespace.ts';
import { preparePodForCreate, setDefaultsOfPod, validatePod } from './pod.ts';
import { podTable } from './pod-table.ts';
import { setServiceDefaults } from './service-defaults.ts';
import { serviceTable } from './service-table.ts';
import { validateService } from './service-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';

const core = { group: '', version: 'v1' };

export function coreKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [...configurationKinds(schemas), ...podKinds(schemas), ...storageKinds(schemas), ...clusterKinds(schemas)];
}

function configurationKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...core,
      kind: 'ConfigMap',
      plural: 'configmaps',
      shortNames: ['cm'],
      validate: validateConfigMap,
      table: configMapTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'Secret',
      plural: 'secrets',
      applyDefaults: setSecretDefaults,
      validate: validateSecret,
      selectableFields: secretFields,
      table: secretTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'ServiceAccount',
      plural: 'serviceaccounts',
      shortNames: ['sa'],
      validate: validateServiceAccount,
      table: nameAndAge,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'Service',
      plural: 'services',
      shortNames: ['svc'],
      categories: ['all'],
      nameRule: 'dns-label',
      subresources: { status: true },
      applyDefaults: setServiceDefaults,
      validate: validateService,
      table: serviceTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'LimitRange',
      plural: 'limitranges',
      shortNames: ['limits'],
      applyDefaults: setLimitRangeDefaults,
      validate: validateLimitRange,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'ResourceQuota',
      plural: 'resourcequotas',
      shortNames: ['quota'],
      subresources: { status: true },
      validate: validateResourceQuota,
      table: resourceQuotaTable,
    }),
  ];
}

function podKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...core,
      kind: 'Pod',
      plural: 'pods',
      shortNames: ['po'],
      categories: ['all'],
      hasGeneration: true,
      subresources: { status: true },
      applyDefaults: setDefaultsOfPod,
      prepareForCreate: preparePodForCreate,
      validate: validatePod,
      selectableFields: podFields,
      table: podTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'PodTemplate',
      plural: 'podtemplates',
      hasGeneration: true,
      applyDefaults: setPodTemplateKindDefaults,
      validate: validatePodTemplateKind,
      table: podTemplateTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'ReplicationController',
      plural: 'replicationcontrollers',
      shortNames: ['rc'],
      categories: ['all'],
      hasGeneration: true,
      subresources: { status: true, scale: replicaScale },
      applyDefaults: setReplicationControllerDefaults,
      validate: validateReplicationController,
      selectableFields: replicaFields,
      table: replicationControllerTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'Endpoints',
      plural: 'endpoints',
      singular: 'endpoints',
      shortNames: ['ep'],
      allowsCreateOnUpdate: true,
      applyDefaults: setEndpointsDefaults,
      validate: validateEndpoints,
      table: endpointsTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'Event',
      plural: 'events',
      shortNames: ['ev'],
      allowsCreateOnUpdate: true,
      applyDefaults: setEventDefaults,
      validate: validateEvent,
      selectableFields: eventFields,
      table: eventTable,
    }),
  ];
}

function storageKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...core,
      kind: 'PersistentVolumeClaim',
      plural: 'persistentvolumeclaims',
      shortNames: ['pvc'],
      subresources: { status: true },
      applyDefaults: setClaimDefaults,
      prepareForCreate: (draft) => {
        draft['status'] = { phase: 'Pending' };
      },
      validate: validateClaim,
      table: claimTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'PersistentVolume',
      plural: 'persistentvolumes',
      shortNames: ['pv'],
      isNamespaced: false,
      subresources: { status: true },
      applyDefaults: setVolumeDefaults,
      prepareForCreate: (draft, { nowMs }) => {
        draft['status'] = { phase: 'Pending', lastPhaseTransitionTime: timestamp(nowMs) };
      },
      validate: validateVolumeKind,
      table: volumeTable,
    }),
  ];
}

function clusterKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...core,
      kind: 'Namespace',
      plural: 'namespaces',
      shortNames: ['ns'],
      isNamespaced: false,
      nameRule: 'dns-label',
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
      subresources: { status: true },
      applyDefaults: setNamespaceDefaults,
      prepareForCreate: prepareNamespaceForCreate,
      prepareForUpdate: prepareNamespaceForUpdate,
      validateStatus: validateNamespaceStatus,
      selectableFields: namespaceFields,
      table: namespaceTable,
    }),
    defineKind(schemas, {
      ...core,
      kind: 'Node',
      plural: 'nodes',
      shortNames: ['no'],
      isNamespaced: false,
      subresources: { status: true },
      validate: validateNode,
      selectableFields: nodeFields,
      table: nodeTable,
    }),
  ];
}
