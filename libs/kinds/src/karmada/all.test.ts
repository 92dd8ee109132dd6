import { describe, expect, it } from 'vitest';
import { complaint } from '../testing/complaint.ts';
import { admit, kindNamed } from '../testing/admission.ts';
import { createKarmadaKinds } from './all.ts';
import { metaSchemas } from '../object-meta-schema.ts';

const kinds = createKarmadaKinds();

describe('every kind', () => {
  it.each(kinds.map((kind) => [`${kind.plural}.${kind.group}/${kind.version}`, kind] as const))('%s', (_name, kind) => {
    expect(kind.schema().kind).toBe('object');
    const openApi = kind.openApi?.();
    const root = openApi?.schemas[openApi.rootName];
    expect(root).toMatchObject({
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: kind.group, version: kind.version, kind: kind.kind }],
    });
    expect(undescribed(root, kind.kind)).toEqual([]);
    expect(Object.keys(openApi?.schemas ?? {})).toEqual(expect.arrayContaining(Object.keys(metaSchemas)));
    expect(kind.printRow({ apiVersion: '', kind: '', metadata: { name: 'x' } }, 0)).toHaveLength(kind.columns.length);
  });

  it('has its own names', () => {
    const names = kinds.flatMap(({ plural, shortNames }) => [plural, ...shortNames]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is there', () => {
    const found = kinds.map(({ group, version, kind }) => `${group}/${version} ${kind}`);
    expect(found.toSorted()).toEqual([
      'apps.karmada.io/v1alpha1 WorkloadRebalancer',
      'autoscaling.karmada.io/v1alpha1 CronFederatedHPA',
      'autoscaling.karmada.io/v1alpha1 FederatedHPA',
      'cluster.karmada.io/v1alpha1 Cluster',
      'config.karmada.io/v1alpha1 ResourceInterpreterCustomization',
      'config.karmada.io/v1alpha1 ResourceInterpreterWebhookConfiguration',
      'multicluster.x-k8s.io/v1alpha1 ServiceExport',
      'multicluster.x-k8s.io/v1alpha1 ServiceImport',
      'networking.karmada.io/v1alpha1 MultiClusterIngress',
      'networking.karmada.io/v1alpha1 MultiClusterService',
      'policy.karmada.io/v1alpha1 ClusterOverridePolicy',
      'policy.karmada.io/v1alpha1 ClusterPropagationPolicy',
      'policy.karmada.io/v1alpha1 ClusterTaintPolicy',
      'policy.karmada.io/v1alpha1 FederatedResourceQuota',
      'policy.karmada.io/v1alpha1 OverridePolicy',
      'policy.karmada.io/v1alpha1 PropagationPolicy',
      'remedy.karmada.io/v1alpha1 Remedy',
      'search.karmada.io/v1alpha1 ResourceRegistry',
      'work.karmada.io/v1alpha1 Work',
      'work.karmada.io/v1alpha2 ClusterResourceBinding',
      'work.karmada.io/v1alpha2 ResourceBinding',
    ]);
  });
});

/** Paths of properties without description. */
function undescribed(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const {
    description,
    properties = {},
    items,
    additionalProperties,
  } = schema as {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly items?: unknown;
    readonly additionalProperties?: unknown;
  };
  return [
    ...(description === undefined || description === '' ? [path] : []),
    ...Object.entries(properties).flatMap(([name, property]) => undescribed(property, `${path}.${name}`)),
    ...undescribed(items, `${path}[]`),
    ...undescribed(additionalProperties, `${path}{}`),
  ];
}

const meta = { name: 'x', namespace: 'shop' };
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

/** Kind, what is in the object, what is complained about (nothing: accepted). */
const cases: readonly (readonly [string, string, object, string | undefined])[] = [
  ['ClusterTaintPolicy', 'a taint', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }, undefined],
  [
    'ClusterTaintPolicy',
    'a taint that evicts',
    { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } },
    'spec.taints[0].effect: Forbidden: NoExecute moves workloads away',
  ],
  [
    'ClusterTaintPolicy',
    'a taint twice',
    {
      spec: {
        taints: [
          { key: 'a', effect: 'NoSchedule' },
          { key: 'a', effect: 'NoSchedule' },
        ],
      },
    },
    'spec.taints[1]: Duplicate value: "a:NoSchedule"',
  ],
  [
    'FederatedResourceQuota',
    'assignments within the whole',
    { spec: { overall: { cpu: '2' }, staticAssignments: [{ clusterName: 'a', hard: { cpu: '1500m' } }] } },
    undefined,
  ],
  [
    'FederatedResourceQuota',
    'assignments beyond the whole',
    {
      spec: {
        overall: { cpu: '2' },
        staticAssignments: [
          { clusterName: 'a', hard: { cpu: '1' } },
          { clusterName: 'b', hard: { cpu: '1001m' } },
        ],
      },
    },
    'spec.overall[cpu]: Invalid value: "2": must not be less than what staticAssignments give to clusters (2001m)',
  ],
  [
    'FederatedResourceQuota',
    'an assignment of something else',
    { spec: { overall: { cpu: '2' }, staticAssignments: [{ clusterName: 'a', hard: { memory: '1' } }] } },
    'spec.staticAssignments[0].hard: Unsupported value: "memory": supported values: "cpu"',
  ],
  [
    'FederatedResourceQuota',
    'a bad amount',
    { spec: { overall: { cpu: '2x' } } },
    'spec.overall.cpu: Invalid value: "2x": spec.overall.cpu in body should match',
  ],
  [
    'FederatedResourceQuota',
    'a bad cluster name',
    { spec: { overall: {}, staticAssignments: [{ clusterName: 'A', hard: {} }] } },
    'spec.staticAssignments[0].clusterName: Invalid value: "A"',
  ],
  ['ResourceBinding', 'a reference', { spec: { resource: target } }, undefined],
  [
    'ResourceBinding',
    'components of one name',
    {
      spec: {
        resource: target,
        components: [
          { name: 'a', replicas: 1 },
          { name: 'a', replicas: 1 },
        ],
      },
    },
    'spec.components[1]: Duplicate value: {"name":"a"}',
  ],
  [
    'ResourceBinding',
    'dependencies that are no JSON',
    {
      metadata: { ...meta, annotations: { 'resourcebinding.karmada.io/dependencies': '{' } },
      spec: { resource: target },
    },
    'must be a JSON list of object references',
  ],
  [
    'ResourceBinding',
    'a task with two ends',
    {
      spec: {
        resource: target,
        gracefulEvictionTasks: [
          { fromCluster: 'a', reason: 'R', producer: 'p', gracePeriodSeconds: 1, suppressDeletion: false },
        ],
      },
    },
    'spec.gracefulEvictionTasks[0].gracePeriodSeconds: Forbidden',
  ],
  ['Work', 'manifests', { spec: { workload: { manifests: [{ apiVersion: 'v1', kind: 'Secret', x: 1 }] } } }, undefined],
  [
    'ResourceInterpreterCustomization',
    'a script',
    { spec: { target: { apiVersion: 'v1', kind: 'Pod' }, customizations: { retention: { luaScript: 'x' } } } },
    undefined,
  ],
  [
    'ResourceInterpreterCustomization',
    'an empty script',
    { spec: { target: { apiVersion: 'v1', kind: 'Pod' }, customizations: { retention: { luaScript: ' ' } } } },
    'spec.customizations.retention.luaScript: Required value',
  ],
  [
    'ResourceInterpreterWebhookConfiguration',
    'a webhook',
    {
      webhooks: [
        { name: 'a.b.c', clientConfig: { url: 'https://h' }, interpreterContextVersions: ['v1alpha1'], rules: [] },
      ],
    },
    undefined,
  ],
  [
    'ResourceInterpreterWebhookConfiguration',
    'a short name',
    { webhooks: [{ name: 'a.b', clientConfig: { url: 'https://h' }, interpreterContextVersions: ['v1alpha1'] }] },
    'webhooks[0].name: Invalid value: "a.b": should be a domain',
  ],
  [
    'ResourceInterpreterWebhookConfiguration',
    'no address, no version, a mixed wildcard',
    {
      webhooks: [
        {
          name: 'a.b.c',
          clientConfig: {},
          interpreterContextVersions: ['v2'],
          rules: [{ operations: ['*', 'Retain'], apiGroups: ['*'], apiVersions: ['*'], kinds: ['*'] }],
        },
      ],
    },
    [
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
      'webhooks[0].interpreterContextVersions: Invalid value: ["v2"]: must include at least one of v1alpha1',
      "webhooks[0].rules[0].operations: Forbidden: if '*' is present, must not specify other values",
    ].join('\n'),
  ],
  [
    'MultiClusterService',
    'one type',
    { spec: { types: ['CrossCluster'], ports: [{ port: 80, name: 'http' }] } },
    undefined,
  ],
  ['MultiClusterService', 'no type', { spec: { types: [] } }, 'spec.types: Invalid value: []: must name exactly one'],
  [
    'MultiClusterService',
    'a port twice',
    { spec: { types: ['CrossCluster'], ports: [{ port: 80 }, { port: 80 }] } },
    'spec.ports[1].port: Duplicate value: 80',
  ],
  [
    'MultiClusterService',
    'a name that no Service can have',
    { metadata: { ...meta, name: '1a' }, spec: { types: ['CrossCluster'] } },
    'metadata.name: Invalid value: "1a": a DNS-1035 label',
  ],
  ['MultiClusterIngress', 'nothing', { spec: {} }, 'spec: Invalid value: {}: either `defaultBackend` or `rules`'],
  ['MultiClusterIngress', 'a backend', { spec: { defaultBackend: { service: { name: 'a' } } } }, undefined],
  ['ServiceExport', 'nothing', {}, undefined],
  ['ServiceImport', 'ports', { spec: { type: 'ClusterSetIP', ports: [{ port: 80 }] } }, undefined],
  ['FederatedHPA', 'limits', { spec: { scaleTargetRef: target, maxReplicas: 3 } }, undefined],
  [
    'FederatedHPA',
    'no replicas',
    { spec: { scaleTargetRef: target, minReplicas: 0, maxReplicas: 3 } },
    'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
  ],
  [
    'FederatedHPA',
    'crossed limits',
    { spec: { scaleTargetRef: target, minReplicas: 4, maxReplicas: 3 } },
    'spec.maxReplicas: Invalid value: 3: must be greater than or equal to minReplicas (4)',
  ],
  [
    'CronFederatedHPA',
    'a rule',
    {
      spec: {
        scaleTargetRef: target,
        rules: [{ name: 'a', schedule: '*/5 8-18 * jan mon-fri', targetReplicas: 0, timeZone: 'Europe/Berlin' }],
      },
    },
    undefined,
  ],
  [
    'CronFederatedHPA',
    'bad rules',
    {
      spec: {
        scaleTargetRef: { ...target, kind: 'FederatedHPA' },
        rules: [
          { name: 'a', schedule: '61 * * * *', timeZone: 'Mars/Base' },
          { name: 'a', schedule: '* * *', targetMaxReplicas: 1, targetMinReplicas: 2 },
        ],
      },
    },
    [
      'spec.rules[0].schedule: Invalid value: "61 * * * *": minute: "61" must be *, a number from 0 to 59, or a range of such numbers',
      'spec.rules[0].timeZone: Invalid value: "Mars/Base": must be a name of the time zone database such as Europe/Berlin',
      'spec.rules[0].targetMinReplicas: Required value: targetMinReplicas or targetMaxReplicas must be set when the target is a FederatedHPA',
      'spec.rules[1].name: Duplicate value: "a"',
      'spec.rules[1].schedule: Invalid value: "* * *": must have 5 fields (minute, hour, day of month, month, day of week), found 3',
      'spec.rules[1].targetMaxReplicas: Invalid value: 1',
    ].join('\n'),
  ],
  ['WorkloadRebalancer', 'a workload', { spec: { workloads: [target] } }, undefined],
  [
    'WorkloadRebalancer',
    'a workload without name',
    { spec: { workloads: [{ ...target, name: '' }] } },
    'spec.workloads[0].name: Required value',
  ],
  ['Remedy', 'an action', { spec: { actions: ['TrafficControl'] } }, undefined],
  ['ResourceRegistry', 'a kind', { spec: { targetCluster: {}, resourceSelectors: [target] } }, undefined],
  [
    'ResourceRegistry',
    'no kind',
    { spec: { targetCluster: {}, resourceSelectors: [] } },
    'spec.resourceSelectors: Required value',
  ],
];

describe('validation', () => {
  it.each(cases)('%s with %s', (kindName, _what, object, expected) => {
    const kind = kindNamed(kinds, kindName);
    const metadata = kind.isNamespaced ? meta : { name: 'x' };
    const apiVersion = `${kind.group}/${kind.version}`;
    const { messages } = admit(kind, { apiVersion, kind: kindName, metadata, ...object });
    expect(messages.join('\n')).toEqual(complaint(expected));
  });

  it('lets a platform allow taint policies that evict', () => {
    const lenient = kindNamed(createKarmadaKinds({ allowsNoExecuteTaintPolicies: true }), 'ClusterTaintPolicy');
    const spec = { taints: [{ key: 'a', effect: 'NoExecute' }] };
    expect(admit(lenient, { metadata: { name: 'x' }, spec }).messages).toEqual([]);
  });

  it('fixes the type of a MultiClusterService', () => {
    const kind = kindNamed(kinds, 'MultiClusterService');
    const old = admit(kind, { metadata: meta, spec: { types: ['CrossCluster'] } }).object;
    const { messages } = admit(kind, { metadata: meta, spec: { types: ['LoadBalancer'] } }, old);
    expect(messages).toEqual(['spec.types: Invalid value: ["LoadBalancer"]: field is immutable']);
  });
});

describe('defaults of autoscaling', () => {
  it('holds CPU at 80 %', () => {
    const { object } = admit(kindNamed(kinds, 'FederatedHPA'), {
      metadata: meta,
      spec: { scaleTargetRef: target, maxReplicas: 2, behavior: { scaleUp: { selectPolicy: 'Min' } } },
    });
    expect(object['spec']).toMatchObject({
      minReplicas: 1,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
      behavior: {
        scaleUp: { selectPolicy: 'Min', stabilizationWindowSeconds: 0 },
        scaleDown: { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
      },
    });
  });

  it('fills the rules of a CronFederatedHPA', () => {
    const rules = [{ name: 'a', schedule: '@daily', targetReplicas: 1 }];
    const { object } = admit(kindNamed(kinds, 'CronFederatedHPA'), {
      metadata: meta,
      spec: { scaleTargetRef: target, rules },
    });
    expect(object['spec']).toMatchObject({
      rules: [{ suspend: false, successfulHistoryLimit: 3, failedHistoryLimit: 3 }],
    });
  });
});

it('drops what a schema does not know, and says so', () => {
  const kind = kindNamed(kinds, 'Remedy');
  const { object, unknownFields } = admit(kind, { metadata: { name: 'x' }, spec: { actions: [], extra: 1 } });
  expect(object['spec']).toEqual({ actions: [] });
  expect(unknownFields).toEqual(['unknown field "spec.extra"']);
});

it('refuses metadata of the wrong type, and reads null in it as absent', () => {
  const kind = kindNamed(kinds, 'Remedy');
  expect(() => admit(kind, { metadata: { name: 'x', labels: { a: 5 } }, spec: {} })).toThrow('cannot unmarshal number');
  expect(admit(kind, { metadata: { name: 'x', creationTimestamp: null }, spec: {} }).object.metadata).toEqual({
    name: 'x',
  });
});

it('looks at the meaning only of what has the right shape', () => {
  const kind = kindNamed(kinds, 'PropagationPolicy');
  const spec = {
    resourceSelectors: 'all',
    placement: { clusterTolerations: [5], spreadConstraints: [{ minGroups: 'x' }] },
  };
  expect(admit(kind, { metadata: meta, spec }).messages).toEqual([
    'spec.resourceSelectors: Invalid value: "string": spec.resourceSelectors in body must be of type array: "string"',
    'spec.placement.clusterTolerations[0]: Invalid value: "integer": spec.placement.clusterTolerations[0] in body must be of type object: "integer"',
    'spec.placement.spreadConstraints[0].minGroups: Invalid value: "string": spec.placement.spreadConstraints[0].minGroups in body must be of type integer: "string"',
  ]);
  expect(admit(kind, { metadata: meta }).messages).toEqual(['spec: Required value']);
});

it('checks what comes through the door for status', () => {
  const kind = kindNamed(kinds, 'Cluster');
  const object = {
    apiVersion: 'a/b',
    kind: 'Cluster',
    metadata: { name: 'x' },
    status: { conditions: [{ type: 'Ready' }] },
  };
  const errors = kind.validateStatus?.(object, object) ?? [];
  expect(errors.map(({ field, message }) => `${field}: ${message}`)).toEqual([
    'status.conditions[0].status: Required value',
  ]);
});
