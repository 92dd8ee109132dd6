/**
 * Overriders that address containers by their meaning need an object that is well-formed for its kind. A former rule can have put anything anywhere, so the shape is checked
 * before, and the failure names the field: applied blindly, the object would be refused by every member instead.
 */
import { isFields } from '@flotilla/interpreter/object-field';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { formatPointer } from './json-pointer.ts';
import { OverrideFailure } from './override-failure.ts';

const podTemplateKinds: Readonly<Record<string, string>> = {
  DaemonSet: 'apps/v1',
  Deployment: 'apps/v1',
  Job: 'batch/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
};

/** Where the pod's spec is; `undefined` for kinds whose containers overriders do not look into. */
function podSpecPathOf({ apiVersion, kind }: KubeObject): readonly string[] | undefined {
  if (kind === 'Pod' && apiVersion === 'v1') return ['spec'];
  return Object.hasOwn(podTemplateKinds, kind) && podTemplateKinds[kind] === apiVersion
    ? ['spec', 'template', 'spec']
    : undefined;
}

export function containersPathOf(manifest: KubeObject): readonly string[] | undefined {
  const podSpecPath = podSpecPathOf(manifest);
  return podSpecPath === undefined ? undefined : [...podSpecPath, 'containers'];
}

type Shape =
  | { readonly kind: 'scalar'; readonly type: 'string' | 'integer' | 'boolean' }
  | { readonly kind: 'map' }
  | { readonly kind: 'list'; readonly items: Shape }
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, Shape>> };

const text: Shape = { kind: 'scalar', type: 'string' };
const integer: Shape = { kind: 'scalar', type: 'integer' };
const flag: Shape = { kind: 'scalar', type: 'boolean' };
const textMap: Shape = { kind: 'map' };
const list = (items: Shape): Shape => ({ kind: 'list', items });
const fields = (known: Readonly<Record<string, Shape>>): Shape => ({ kind: 'fields', fields: known });
const anyFields = fields({});

const metadata = fields({ name: text, namespace: text, labels: textMap, annotations: textMap });
const container = fields({
  name: text,
  image: text,
  imagePullPolicy: text,
  workingDir: text,
  command: list(text),
  args: list(text),
  env: list(fields({ name: text, value: text, valueFrom: anyFields })),
  envFrom: list(anyFields),
  ports: list(fields({ name: text, containerPort: integer, hostPort: integer, protocol: text })),
  resources: fields({ limits: anyFields, requests: anyFields }),
  volumeMounts: list(fields({ name: text, mountPath: text, subPath: text, readOnly: flag })),
  securityContext: anyFields,
  livenessProbe: anyFields,
  readinessProbe: anyFields,
  startupProbe: anyFields,
});
const podSpec = fields({
  containers: list(container),
  initContainers: list(container),
  volumes: list(fields({ name: text })),
  imagePullSecrets: list(fields({ name: text })),
  tolerations: list(fields({ key: text, operator: text, value: text, effect: text })),
  topologySpreadConstraints: list(anyFields),
  affinity: anyFields,
  securityContext: anyFields,
  nodeSelector: textMap,
  nodeName: text,
  serviceAccountName: text,
  priorityClassName: text,
  restartPolicy: text,
  schedulerName: text,
  hostNetwork: flag,
  terminationGracePeriodSeconds: integer,
});
const podShape = fields({ metadata, spec: podSpec });

/** Fields beside the pod template; those of other kinds are unknown to this one and not looked at. */
function workloadShape(own: Readonly<Record<string, Shape>>): Shape {
  const selector = fields({ matchLabels: textMap, matchExpressions: list(anyFields) });
  return fields({ metadata, spec: fields({ ...own, selector, template: podShape }) });
}

const rollout = { minReadySeconds: integer, revisionHistoryLimit: integer };
const shapes: ReadonlyMap<string, Shape> = new Map([
  ['DaemonSet', workloadShape({ ...rollout, updateStrategy: anyFields })],
  ['Deployment', workloadShape({ ...rollout, replicas: integer, strategy: anyFields, paused: flag })],
  [
    'Job',
    workloadShape({
      parallelism: integer,
      completions: integer,
      backoffLimit: integer,
      activeDeadlineSeconds: integer,
      suspend: flag,
    }),
  ],
  ['Pod', podShape],
  ['ReplicaSet', workloadShape({ replicas: integer, minReadySeconds: integer })],
  ['StatefulSet', workloadShape({ ...rollout, replicas: integer, serviceName: text, updateStrategy: anyFields })],
]);

/** Throws OverrideFailure naming the first field of a wrong type. Unknown fields are not looked at. */
export function checkPodShape(manifest: KubeObject): void {
  const shape = shapes.get(manifest.kind);
  if (shape !== undefined) checkShape(manifest, shape, []);
}

function checkShape(value: unknown, shape: Shape, path: readonly string[]): void {
  if (value === undefined || value === null) return;
  switch (shape.kind) {
    case 'scalar':
      if (!hasType(value, shape.type)) throw wrongType(path, shape.type);
      return;
    case 'map':
      if (!isFields(value)) throw wrongType(path, 'map of strings');
      for (const key of Object.keys(value)) checkShape(value[key], text, [...path, key]);
      return;
    case 'list':
      if (!Array.isArray(value)) throw wrongType(path, 'list');
      value.forEach((item, index) => checkShape(item, shape.items, [...path, String(index)]));
      return;
    case 'fields':
      if (!isFields(value)) throw wrongType(path, 'object');
      for (const [key, known] of Object.entries(shape.fields)) {
        if (value[key] !== undefined) checkShape(value[key], known, [...path, key]);
      }
  }
}

function hasType(value: unknown, type: 'string' | 'integer' | 'boolean'): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeof value === type;
}

function wrongType(path: readonly string[], expected: string): OverrideFailure {
  return new OverrideFailure(
    formatPointer(path),
    `must be of type ${expected}: an override before this one changed it`,
  );
}
