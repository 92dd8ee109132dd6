import { age, containerCells, none, selectorText, tableOf } from '../table/columns.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { DaemonSetSpec, DeploymentSpec, ReplicaSetSpec, StatefulSetSpec } from './workload-types.ts';
import { labelsText } from '../table/columns.ts';

interface ReplicaStatus {
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
}

interface DaemonStatus {
  readonly desiredNumberScheduled?: number;
  readonly currentNumberScheduled?: number;
  readonly numberReady?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
}

export const deploymentTable = tableOf(
  ['Ready', 'Up-to-date', 'Available', 'Age', 'Containers*', 'Images*', 'Selector*'],
  (object, nowMs) => {
    const spec = object['spec'] as DeploymentSpec;
    const status = statusOf<ReplicaStatus>(object);
    return [
      `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
      status.updatedReplicas ?? 0,
      status.availableReplicas ?? 0,
      age(object, nowMs),
      ...containerCells(spec.template?.spec?.containers),
      selectorText(spec.selector),
    ];
  },
);

export const replicaSetTable = tableOf(
  ['Desired:integer', 'Current:integer', 'Ready:integer', 'Age', 'Containers*', 'Images*', 'Selector*'],
  (object, nowMs) => {
    const spec = object['spec'] as ReplicaSetSpec;
    const status = statusOf<ReplicaStatus>(object);
    return [
      spec.replicas ?? 0,
      status.replicas ?? 0,
      status.readyReplicas ?? 0,
      age(object, nowMs),
      ...containerCells(spec.template?.spec?.containers),
      selectorText(spec.selector),
    ];
  },
);

export const daemonSetTable = tableOf(
  [
    'Desired:integer',
    'Current:integer',
    'Ready:integer',
    'Up-to-date:integer',
    'Available:integer',
    'Node Selector',
    'Age',
    'Containers*',
    'Images*',
    'Selector*',
  ],
  (object, nowMs) => {
    const spec = object['spec'] as DaemonSetSpec;
    const status = statusOf<DaemonStatus>(object);
    return [
      status.desiredNumberScheduled ?? 0,
      status.currentNumberScheduled ?? 0,
      status.numberReady ?? 0,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      labelsText(spec.template?.spec?.nodeSelector),
      age(object, nowMs),
      ...containerCells(spec.template?.spec?.containers),
      selectorText(spec.selector),
    ];
  },
);

export const statefulSetTable = tableOf(['Ready', 'Age', 'Containers*', 'Images*'], (object, nowMs) => {
  const spec = object['spec'] as StatefulSetSpec;
  const status = statusOf<ReplicaStatus>(object);
  return [
    `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    age(object, nowMs),
    ...containerCells(spec.template?.spec?.containers),
  ];
});

export const controllerRevisionTable = tableOf(['Controller', 'Revision', 'Age'], (object, nowMs) => {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return [
    owner === undefined ? none : `${qualifiedKind(owner.kind, owner.apiVersion)}/${owner.name}`,
    (object as KubeObject & { revision?: number }).revision ?? 0,
    age(object, nowMs),
  ];
});

/** `StatefulSet` of `apps/v1` → `statefulset.apps`. */
function qualifiedKind(kind: string, apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? kind.toLowerCase() : `${kind.toLowerCase()}.${apiVersion.slice(0, slash)}`;
}

function statusOf<T>(object: KubeObject): Partial<T> {
  return (object['status'] ?? {}) as Partial<T>;
}
