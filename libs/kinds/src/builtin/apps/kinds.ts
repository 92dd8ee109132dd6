import { defineKind } from '../define-kind.ts';
import { replicaFields } from '../core/core-fields.ts';
import { replicaScale } from '../replica-scale.ts';
import {
  setDaemonSetDefaults,
  setDeploymentDefaults,
  setReplicaSetDefaults,
  setStatefulSetDefaults,
} from './apps-defaults.ts';
import {
  controllerRevisionTable,
  daemonSetTable,
  deploymentTable,
  replicaSetTable,
  statefulSetTable,
} from './apps-tables.ts';
import {
  validateControllerRevision,
  validateDaemonSet,
  validateDeployment,
  validateReplicaSet,
  validateStatefulSet,
} from './apps-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KindSchemas } from '../kind-schemas.ts';

const workload = { group: 'apps', version: 'v1', categories: ['all'], hasGeneration: true };

export function appsKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...workload,
      kind: 'Deployment',
      plural: 'deployments',
      shortNames: ['deploy'],
      subresources: { status: true, scale: replicaScale },
      applyDefaults: setDeploymentDefaults,
      validate: validateDeployment,
      table: deploymentTable,
    }),
    defineKind(schemas, {
      ...workload,
      kind: 'ReplicaSet',
      plural: 'replicasets',
      shortNames: ['rs'],
      subresources: { status: true, scale: replicaScale },
      applyDefaults: setReplicaSetDefaults,
      validate: validateReplicaSet,
      table: replicaSetTable,
      selectableFields: replicaFields,
    }),
    defineKind(schemas, {
      ...workload,
      kind: 'StatefulSet',
      plural: 'statefulsets',
      shortNames: ['sts'],
      subresources: { status: true, scale: replicaScale },
      applyDefaults: setStatefulSetDefaults,
      validate: validateStatefulSet,
      table: statefulSetTable,
    }),
    defineKind(schemas, {
      ...workload,
      kind: 'DaemonSet',
      plural: 'daemonsets',
      shortNames: ['ds'],
      subresources: { status: true },
      applyDefaults: setDaemonSetDefaults,
      validate: validateDaemonSet,
      table: daemonSetTable,
    }),
    defineKind(schemas, {
      group: 'apps',
      version: 'v1',
      kind: 'ControllerRevision',
      plural: 'controllerrevisions',
      validate: validateControllerRevision,
      table: controllerRevisionTable,
    }),
  ];
}
