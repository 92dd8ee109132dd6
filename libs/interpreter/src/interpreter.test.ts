import type { KubeObject } from '@flotilla/kinds/kube-object';
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
