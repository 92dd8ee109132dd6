import type { KubeObject } from '@flotilla/kinds/kube-object';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInterpreter, InterpretationError } from './interpreter.ts';
import type { InterpreterLayer } from './interpreter.ts';

const widget: KubeObject = {
  apiVersion: 'example.io/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  status: { phase: 'Ready' },
};
const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: { replicas: 3 },
};

function layer(name: string, kind: string, operations: ReturnType<InterpreterLayer['operationsOf']>): InterpreterLayer {
  return { name, operationsOf: (_apiVersion, asked) => (asked === kind ? operations : undefined) };
}

describe('createInterpreter', () => {
  it('copies kinds that nobody knows: no replicas, no dependencies, whole status, healthy', () => {
    const interpreter = createInterpreter();
    expect(interpreter.supports(widget, 'getReplicas')).toBe(false);
    expect(interpreter.getReplicas(widget)).toBeUndefined();
    expect(interpreter.getComponents(widget)).toBeUndefined();
    expect(interpreter.reviseReplica(widget, 3)).toBe(widget);
    expect(interpreter.retain(widget, widget)).toBe(widget);
    expect(interpreter.getDependencies(widget)).toEqual([]);
    expect(interpreter.reflectStatus(widget)).toBe(widget['status']);
    expect(interpreter.aggregateStatus(widget, [], { nowMs: 0 })).toBeUndefined();
    expect(interpreter.interpretHealth(widget)).toBe('Healthy');
  });

  it('asks layers in order, each operation on its own', () => {
    const interpreter = createInterpreter({
      layers: [
        layer('first', 'Deployment', { getReplicas: () => ({ replicas: 7 }) }),
        layer('second', 'Deployment', { getReplicas: () => ({ replicas: 8 }), isHealthy: () => true }),
      ],
    });
    expect(interpreter.getReplicas(deployment)).toEqual({ replicas: 7 });
    expect(interpreter.interpretHealth(deployment)).toBe('Healthy');
    expect(interpreter.reviseReplica(deployment, 5)['spec']).toEqual({ replicas: 5 });
  });

  it('calls health Unknown when a customization fails, and hides no other error', () => {
    const failing = (error: Error): InterpreterLayer =>
      layer('x', 'Widget', {
        isHealthy: () => {
          throw error;
        },
      });
    const custom = createInterpreter({ layers: [failing(new InterpretationError('x', 'isHealthy', 'script failed'))] });
    expect(custom.interpretHealth(widget)).toBe('Unknown');
    const broken = createInterpreter({ layers: [failing(new TypeError('bug'))] });
    expect(() => broken.interpretHealth(widget)).toThrow(TypeError);
  });

  it('returns the current status itself when aggregation changes nothing', () => {
    const template = { ...deployment, status: { replicas: 2, readyReplicas: 0 } };
    const status = createInterpreter().aggregateStatus(template, [{ clusterName: 'a', status: { replicas: 2 } }], {
      nowMs: 0,
    });
    expect(status).toBe(template.status);
  });
});

describe('native kinds', () => {
  const kinds = [
    ['v1', 'PersistentVolume', 'PersistentVolumeClaim', 'Pod', 'Secret', 'Service', 'ServiceAccount'],
    ['apps/v1', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
    ['autoscaling/v2', 'HorizontalPodAutoscaler'],
    ['batch/v1', 'CronJob', 'Job'],
    ['multicluster.x-k8s.io/v1alpha1', 'ServiceImport'],
    ['networking.k8s.io/v1', 'Ingress'],
    ['policy/v1', 'PodDisruptionBudget'],
  ].flatMap(([apiVersion = '', ...names]) => names.map((kind) => ({ apiVersion, kind })));

  it.each(kinds)('$kind answers for any content, and changes none', ({ apiVersion, kind }) => {
    const interpreter = createInterpreter();
    const names = [
      'spec',
      'status',
      'template',
      'containers',
      'volumes',
      'conditions',
      'loadBalancer',
      'ingress',
      'tls',
      'secrets',
      'replicas',
      'phase',
      'env',
    ];
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.constantFrom(null, 0, 3, '', 'Running', true),
        fc.array(tie('tree'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...names), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    const object = fc.record({ spec: tree, status: tree, type: tree, data: tree, secrets: tree });
    fc.assert(
      fc.property(object, object, (left, right) => {
        const desired: KubeObject = { apiVersion, kind, metadata: { name: 'x' }, ...left };
        const observed: KubeObject = { apiVersion, kind, metadata: { name: 'x', generation: 1 }, ...right };
        const before = JSON.stringify([desired, observed]);
        interpreter.getReplicas(desired);
        interpreter.reviseReplica(desired, 2);
        interpreter.getDependencies(desired);
        interpreter.interpretHealth(observed);
        const status = interpreter.reflectStatus(observed);
        const items = [{ clusterName: 'a' }, { clusterName: 'b', ...(status === undefined ? {} : { status }) }];
        interpreter.aggregateStatus(desired, items, { nowMs: 0 });
        const retained = interpreter.retain(desired, observed);
        expect(interpreter.retain(retained, observed)).toEqual(retained);
        expect(JSON.stringify([desired, observed])).toBe(before);
      }),
    );
  });
});
