import type { KubeObject } from '@flotilla/kinds/kube-object';
import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../interpreter.ts';
import type { Fields } from '../object-field.ts';

const interpreter = createInterpreter();
const context = { nowMs: 0 };

function core(kind: string, fields: Fields): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'shop' }, ...fields };
}

function phases(...values: readonly (string | undefined)[]) {
  return values.map((phase, index) => ({
    clusterName: `m${index}`,
    ...(phase === undefined ? {} : { status: { phase } }),
  }));
}

describe('phase of', () => {
  it.each<[string, readonly (string | undefined)[], string]>([
    ['Pod', ['Running', 'Failed', undefined], 'Failed'],
    ['Pod', ['Running', undefined], 'Pending'],
    ['Pod', ['Succeeded', 'Running'], 'Running'],
    ['Pod', ['Unknown', 'Succeeded'], 'Succeeded'],
    ['PersistentVolume', ['Bound', 'Available'], 'Available'],
    ['PersistentVolume', ['Released', undefined], 'Pending'],
    ['PersistentVolumeClaim', ['Bound', 'Pending', 'Lost'], 'Lost'],
    ['PersistentVolumeClaim', ['Bound', 'Pending'], 'Pending'],
    ['PersistentVolumeClaim', ['Bound', 'Bound'], 'Bound'],
  ])('%s reported as %o', (kind, reported, phase) => {
    expect(interpreter.aggregateStatus(core(kind, {}), phases(...reported), context)).toEqual({ phase });
  });
});

describe('health of', () => {
  const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  it.each<[string, Fields, boolean]>([
    ['Pod', { status: ready }, true],
    ['Pod', { status: { ...ready, conditions: [] } }, false],
    ['Pod', { status: { phase: 'Succeeded' } }, true],
    ['Service', { spec: { type: 'ClusterIP' } }, true],
    ['Service', { spec: { type: 'LoadBalancer' }, status: { loadBalancer: {} } }, false],
    ['Service', { spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }, true],
    ['PersistentVolumeClaim', { status: { phase: 'Bound' } }, true],
    ['PersistentVolumeClaim', {}, false],
  ])('%s with %o', (kind, fields, isHealthy) => {
    expect(interpreter.interpretHealth(core(kind, fields))).toBe(isHealthy ? 'Healthy' : 'Unhealthy');
  });
});

describe('retaining', () => {
  it.each<[string, Fields, Fields, Fields]>([
    [
      'Service',
      { spec: { type: 'LoadBalancer' } },
      { spec: { clusterIP: '10.0.0.1', healthCheckNodePort: 31000 } },
      { spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', healthCheckNodePort: 31000 } },
    ],
    [
      'ServiceAccount',
      { secrets: [{ name: 'a' }] },
      { secrets: [{ name: 'a' }, { name: 'b' }] },
      { secrets: [{ name: 'a' }, { name: 'b' }] },
    ],
    ['PersistentVolumeClaim', { spec: {} }, { spec: { volumeName: 'pv' } }, { spec: { volumeName: 'pv' } }],
    ['PersistentVolume', { spec: {} }, { spec: { claimRef: { name: 'c' } } }, { spec: { claimRef: { name: 'c' } } }],
    ['Secret', { type: 'Opaque', data: { a: '1' } }, { data: { b: '2' } }, { type: 'Opaque', data: { a: '1' } }],
    [
      'Secret',
      { type: 'kubernetes.io/service-account-token' },
      { data: { token: 't' } },
      { type: 'kubernetes.io/service-account-token', data: { token: 't' } },
    ],
    [
      'Pod',
      { spec: { containers: [{ name: 'c', image: 'i' }, { name: 'd' }] } },
      {
        spec: {
          nodeName: 'n',
          volumes: [{ name: 'v' }],
          containers: [{ name: 'c', image: 'old', volumeMounts: [{ name: 'v' }] }],
        },
      },
      {
        spec: {
          nodeName: 'n',
          volumes: [{ name: 'v' }],
          containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v' }] }, { name: 'd' }],
        },
      },
    ],
  ])('keeps what a member chose for a %s', (kind, desired, observed, expected) => {
    const retained = interpreter.retain(core(kind, desired), core(kind, observed));
    expect(retained).toEqual(core(kind, expected));
    expect(interpreter.retain(retained, core(kind, observed))).toEqual(retained);
  });
});

describe('load balancer status', () => {
  const reported = (...ips: readonly string[]) => ({ loadBalancer: { ingress: ips.map((ip) => ({ ip })) } });
  const items = [
    { clusterName: 'm1', status: reported('2.2.2.2', '1.1.1.1') },
    { clusterName: 'm2', status: reported('1.1.1.1') },
    { clusterName: 'm3' },
  ];

  it('is the union of all addresses, each once and in order', () => {
    expect(interpreter.aggregateStatus(core('Service', { spec: { type: 'LoadBalancer' } }), items, context)).toEqual(
      reported('1.1.1.1', '2.2.2.2'),
    );
    const ingress: KubeObject = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'i' } };
    expect(interpreter.aggregateStatus(ingress, items, context)).toEqual(reported('1.1.1.1', '2.2.2.2'));
  });

  it('is neither reported nor aggregated for other Services', () => {
    const service = core('Service', { spec: { type: 'NodePort' }, status: reported('1.1.1.1') });
    expect(interpreter.reflectStatus(service)).toBeUndefined();
    expect(interpreter.aggregateStatus(core('Service', { spec: { type: 'NodePort' } }), items, context)).toEqual({});
  });
});

it('tells disrupted pods of different clusters apart', () => {
  const budget: KubeObject = { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'b' } };
  const items = ['m1', 'm2'].map((clusterName) => ({
    clusterName,
    status: { expectedPods: 2, disruptedPods: { p: 't' } },
  }));
  expect(interpreter.aggregateStatus(budget, items, context)).toMatchObject({
    expectedPods: 4,
    disruptedPods: { 'm1/p': 't', 'm2/p': 't' },
  });
});

it('names what an imported Service is made of', () => {
  const imported: KubeObject = {
    apiVersion: 'multicluster.x-k8s.io/v1alpha1',
    kind: 'ServiceImport',
    metadata: { name: 's', namespace: 'shop' },
  };
  expect(interpreter.getDependencies(imported)).toEqual([
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      namespace: 'shop',
      labelSelector: { matchLabels: { 'kubernetes.io/service-name': 'derived-s' } },
    },
    { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'derived-s' },
  ]);
});
