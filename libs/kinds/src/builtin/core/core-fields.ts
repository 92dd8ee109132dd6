/** Field selectors of the core kinds: label of the selector → value of an object, empty when absent. */
import type { KubeObject } from '../../kube-object.ts';

type Selectable = Readonly<Record<string, (object: KubeObject) => string>>;

/** `spec.nodeName` → reads that path. */
function at(path: string): readonly [string, (object: KubeObject) => string] {
  const parts = path.split('.');
  return [path, (object) => textAt(object, parts)];
}

function textAt(object: KubeObject, parts: readonly string[]): string {
  let value: unknown = object;
  for (const part of parts) {
    if (typeof value !== 'object' || value === null) return '';
    value = Reflect.get(value, part);
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

function fields(...paths: readonly string[]): Selectable {
  return Object.fromEntries(paths.map(at));
}

export const podFields: Selectable = {
  ...fields(
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ),
  'spec.hostNetwork': (object) => textAt(object, ['spec', 'hostNetwork']) || 'false',
};

export const namespaceFields: Selectable = fields('status.phase');
export const secretFields: Selectable = fields('type');
export const nodeFields: Selectable = {
  'spec.unschedulable': (object) => textAt(object, ['spec', 'unschedulable']) || 'false',
};
export const replicaFields: Selectable = {
  'status.replicas': (object) => textAt(object, ['status', 'replicas']) || '0',
};
export const eventFields: Selectable = {
  ...fields(
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'type',
  ),
  source: (object) => textAt(object, ['source', 'component']) || textAt(object, ['reportingComponent']),
};
/** What Events of events.k8s.io are selected by, read from their stored core form. */
export const newerEventFields: Selectable = {
  ...Object.fromEntries(
    ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
      (name) => [`regarding.${name}`, (object: KubeObject) => textAt(object, ['involvedObject', name])] as const,
    ),
  ),
  ...fields('reason', 'type'),
  reportingController: (object) => textAt(object, ['reportingComponent']),
};
export const jobFields: Selectable = {
  'status.successful': (object) => textAt(object, ['status', 'succeeded']) || '0',
};
export const signingRequestFields: Selectable = fields('spec.signerName');
