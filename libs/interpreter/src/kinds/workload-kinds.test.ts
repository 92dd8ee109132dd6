import type { KubeObject } from '@flotilla/kinds/kube-object';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInterpreter } from '../interpreter.ts';
import type { Fields } from '../object-field.ts';

const interpreter = createInterpreter();
const context = { nowMs: Date.UTC(2026, 0, 2, 3, 4, 5) };

function workload(kind: string, fields: Fields, metadata: KubeObject['metadata'] = {}): KubeObject {
  const apiVersion = kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : 'apps/v1';
  return { apiVersion, kind, metadata: { name: 'web', namespace: 'shop', ...metadata }, ...fields };
}

const observedAs = (kind: string, spec: Fields, status: Fields, generation = 2): KubeObject =>
  workload(kind, { spec, status }, { generation, annotations: { 'resourcetemplate.karmada.io/generation': '5' } });

describe('health', () => {
  const updated = { observedGeneration: 2, updatedReplicas: 3, availableReplicas: 3 };
  const scheduled = { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 };
  it.each<[string, string, Fields, boolean]>([
    ['Deployment', 'complete', updated, true],
    ['Deployment', 'not yet observed', { ...updated, observedGeneration: 1 }, false],
    ['Deployment', 'rolling', { ...updated, updatedReplicas: 2 }, false],
    ['Deployment', 'unavailable', { ...updated, availableReplicas: 2 }, false],
    ['StatefulSet', 'complete', updated, true],
    ['StatefulSet', 'unavailable', { ...updated, availableReplicas: 2 }, false],
    ['ReplicaSet', 'available', { observedGeneration: 2, availableReplicas: 3 }, true],
    ['ReplicaSet', 'short', { observedGeneration: 2, availableReplicas: 2 }, false],
    ['DaemonSet', 'complete', scheduled, true],
    ['DaemonSet', 'missing a node', { ...scheduled, updatedNumberScheduled: 2 }, false],
  ])('%s, %s', (kind, _, status, isHealthy) => {
    expect(interpreter.interpretHealth(observedAs(kind, { replicas: 3 }, status))).toBe(
      isHealthy ? 'Healthy' : 'Unhealthy',
    );
  });
});

describe('status', () => {
  it('reflects counters with the generations that they belong to', () => {
    const observed = observedAs(
      'Deployment',
      {},
      { replicas: 3, readyReplicas: 0, observedGeneration: 2, conditions: [] },
    );
    expect(interpreter.reflectStatus(observed)).toEqual({
      generation: 2,
      resourceTemplateGeneration: 5,
      observedGeneration: 2,
      replicas: 3,
    });
  });

  it('counts the template as observed only when every member has caught up', () => {
    const template = workload('Deployment', { status: { observedGeneration: 4 } }, { generation: 5 });
    const caughtUp = { generation: 2, observedGeneration: 2, resourceTemplateGeneration: 5, replicas: 1 };
    const aggregate = (...statuses: readonly (Fields | undefined)[]): unknown =>
      interpreter.aggregateStatus(
        template,
        statuses.map((status, index) => ({ clusterName: `m${index}`, ...(status === undefined ? {} : { status }) })),
        context,
      );
    expect(aggregate(caughtUp, caughtUp)).toEqual({ observedGeneration: 5, replicas: 2 });
    expect(aggregate(caughtUp, { ...caughtUp, resourceTemplateGeneration: 4 })).toEqual({
      observedGeneration: 4,
      replicas: 2,
    });
    expect(aggregate(caughtUp, { ...caughtUp, observedGeneration: 1 })).toEqual({ observedGeneration: 4, replicas: 2 });
    expect(aggregate(caughtUp, undefined)).toEqual({ observedGeneration: 4, replicas: 1 });
  });

  it.each<[string, Fields, Fields]>([
    ['counts as observed when nothing is wanted', { replicas: 0 }, { observedGeneration: 5 }],
    ['does not count as observed while replicas are wanted', { replicas: 2 }, { observedGeneration: 4 }],
  ])('a template that is in no cluster %s', (_, spec, expected) => {
    const template = workload(
      'Deployment',
      { spec, status: { observedGeneration: 4, replicas: 3 } },
      { generation: 5 },
    );
    expect(interpreter.aggregateStatus(template, [], context)).toEqual(expected);
  });

  it('sums every counter of a DaemonSet, whatever the order of reports', () => {
    const counter = fc.nat({ max: 1000 });
    const report = fc.record({ desiredNumberScheduled: counter, numberReady: counter, numberAvailable: counter });
    fc.assert(
      fc.property(fc.array(report, { minLength: 1 }), (reports) => {
        const items = reports.map((status, index) => ({ clusterName: `m${index}`, status }));
        const template = workload('DaemonSet', {});
        const forward = interpreter.aggregateStatus(template, items, context);
        expect(interpreter.aggregateStatus(template, items.toReversed(), context)).toEqual(forward);
        const sum = reports.reduce((total, { numberReady }) => total + numberReady, 0);
        expect(forward?.['numberReady'] ?? 0).toBe(sum);
      }),
    );
  });
});

describe('replicas', () => {
  it.each([
    ['Deployment', { replicas: 3 }, 3],
    ['StatefulSet', {}, 0],
    ['Job', { parallelism: 4 }, 4],
    ['Job', { parallelism: 4, completions: 2 }, 2],
  ])('of a %s with %o', (kind, spec, replicas) => {
    expect(interpreter.getReplicas(workload(kind, { spec }))).toEqual({ replicas });
  });

  it('are revised by copy, and only where they are declared', () => {
    const template = Object.freeze(workload('Deployment', { spec: Object.freeze({ replicas: 3, paused: true }) }));
    expect(interpreter.reviseReplica(template, 1)['spec']).toEqual({ replicas: 1, paused: true });
    expect(interpreter.reviseReplica(template, 3)).toBe(template);
    const open = workload('Deployment', { spec: {} });
    expect(interpreter.reviseReplica(open, 1)).toBe(open);
  });

  it('stay the member’s own where the template says so', () => {
    const desired = (labels: Readonly<Record<string, string>>): KubeObject =>
      workload('Deployment', { spec: { replicas: 3 } }, { labels });
    const observed = workload('Deployment', { spec: { replicas: 9 } });
    expect(
      interpreter.retain(desired({ 'resourcetemplate.karmada.io/retain-replicas': 'true' }), observed)['spec'],
    ).toEqual({ replicas: 9 });
    expect(interpreter.retain(desired({}), observed)['spec']).toEqual({ replicas: 3 });
  });
});

describe('Job', () => {
  const finished = (type: string): Fields => ({
    conditions: [{ type, status: 'True' }],
    startTime: '2026-01-01T00:00:00Z',
    completionTime: '2026-01-01T01:00:00Z',
    succeeded: 1,
  });
  const items = (...statuses: readonly Fields[]) =>
    statuses.map((status, index) => ({ clusterName: `m${index}`, status }));
  const stamp = { lastProbeTime: '2026-01-02T03:04:05Z', lastTransitionTime: '2026-01-02T03:04:05Z' };

  it('is complete when every member is', () => {
    expect(
      interpreter.aggregateStatus(workload('Job', {}), items(finished('Complete'), finished('Complete')), context),
    ).toEqual({
      succeeded: 2,
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T01:00:00Z',
      conditions: [{ type: 'Complete', status: 'True', reason: 'Completed', message: 'Job completed', ...stamp }],
    });
    const half = interpreter.aggregateStatus(workload('Job', {}), items(finished('Complete'), { active: 1 }), context);
    expect(half).toEqual({ active: 1, succeeded: 1 });
  });

  it('has failed when one member has, and names it', () => {
    const status = interpreter.aggregateStatus(
      workload('Job', {}),
      items(finished('Complete'), finished('Failed')),
      context,
    );
    expect(status?.['conditions']).toEqual([
      {
        type: 'Failed',
        status: 'True',
        reason: 'JobFailed',
        message: 'Job executed failed in member clusters m1',
        ...stamp,
      },
    ]);
  });

  it('keeps its status once it is finished', () => {
    const template = workload('Job', { status: finished('Complete') });
    expect(interpreter.aggregateStatus(template, items({ active: 3 }), context)).toBe(template['status']);
  });

  it('keeps the selector and labels that the member generated', () => {
    const desired = workload('Job', {
      spec: { parallelism: 1, template: { metadata: { labels: { a: 'b' } }, spec: {} } },
    });
    const generated = { selector: { matchLabels: { u: '1' } }, template: { metadata: { labels: { a: 'b', u: '1' } } } };
    expect(interpreter.retain(desired, workload('Job', { spec: generated }))['spec']).toEqual({
      parallelism: 1,
      selector: generated.selector,
      template: { metadata: generated.template.metadata, spec: {} },
    });
  });
});

describe('dependencies', () => {
  const podSpec = {
    serviceAccountName: 'runner',
    imagePullSecrets: [{ name: 'pull' }],
    initContainers: [{ envFrom: [{ secretRef: { name: 'init' } }] }],
    containers: [
      {
        env: [{ valueFrom: { configMapKeyRef: { name: 'settings' } } }],
        envFrom: [{ configMapRef: { name: 'settings' } }],
      },
    ],
    volumes: [
      { persistentVolumeClaim: { claimName: 'data' } },
      { csi: { nodePublishSecretRef: { name: 'csi' } } },
      { projected: { sources: [{ secret: { name: 'projected' } }] } },
    ],
  };
  const expected = [
    'ConfigMap/settings',
    'PersistentVolumeClaim/data',
    'Secret/csi',
    'Secret/init',
    'Secret/projected',
    'Secret/pull',
    'ServiceAccount/runner',
  ];
  const names = (template: KubeObject): readonly string[] =>
    interpreter.getDependencies(template).map(({ kind, name, namespace }) => {
      expect(namespace).toBe('shop');
      return `${kind}/${name}`;
    });

  it('are everything that pods refer to, each once', () => {
    expect(names(workload('Deployment', { spec: { template: { spec: podSpec } } }))).toEqual(expected);
    expect(names(workload('CronJob', { spec: { jobTemplate: { spec: { template: { spec: podSpec } } } } }))).toEqual(
      expected,
    );
  });

  it('do not include the claims that a StatefulSet makes itself', () => {
    const spec = { template: { spec: podSpec }, volumeClaimTemplates: [{ metadata: { name: 'data' } }] };
    expect(names(workload('StatefulSet', { spec }))).toEqual(
      expected.filter((name) => name !== 'PersistentVolumeClaim/data'),
    );
  });
});
