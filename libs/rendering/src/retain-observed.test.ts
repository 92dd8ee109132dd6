import { createInterpreter } from '@flotilla/interpreter/interpreter';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyForUpdate, compareWithObserved, isUpToDate } from './retain-observed.ts';
import { aDeployment, deepFreeze } from './testing/objects.ts';

const interpreter = createInterpreter();
const managed = 'resourcetemplate.karmada.io/managed-labels';

function observedFrom(
  desired: KubeObject,
  metadata: ObjectMeta = {},
  rest: Readonly<Record<string, unknown>> = {},
): KubeObject {
  return deepFreeze({
    ...desired,
    ...rest,
    metadata: { ...desired.metadata, uid: 'u', resourceVersion: '42', generation: 1, ...metadata },
    status: { replicas: 1 },
  });
}

describe('bodyForUpdate', () => {
  const desired = deepFreeze(aDeployment({ labels: { app: 'web' }, annotations: { [managed]: 'app' } }));
  const observed = observedFrom(desired, {
    labels: { app: 'old', former: 'x', mine: 'y' },
    annotations: { [managed]: 'app,former', 'deployment.kubernetes.io/revision': '3' },
    finalizers: ['f'],
    ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'o', uid: 'o' }],
  });
  const body = bodyForUpdate(desired, observed, interpreter);

  it('keeps what the member owns and drops what the template no longer has', () => {
    expect(body.metadata).toEqual({
      name: 'web',
      namespace: 'shop',
      uid: 'u',
      resourceVersion: '42',
      finalizers: ['f'],
      ownerReferences: observed.metadata.ownerReferences,
      labels: { app: 'web', mine: 'y' },
      annotations: { [managed]: 'app', 'deployment.kubernetes.io/revision': '3' },
    });
    expect(body['status']).toBe(observed['status']);
  });

  it('is idempotent and then up to date', () => {
    const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { noNullPrototype: true });
    fc.assert(
      fc.property(labels, labels, labels, (wanted, present, former) => {
        const want = aDeployment({ labels: wanted, annotations: { [managed]: Object.keys(wanted).join(',') } });
        const have = observedFrom(aDeployment(), {
          labels: { ...present, ...former },
          annotations: { [managed]: Object.keys(former).join(',') },
        });
        const once = bodyForUpdate(deepFreeze(want), have, interpreter);
        const stored = observedFrom(once);
        expect(bodyForUpdate(want, stored, interpreter)).toEqual({ ...once, status: stored['status'] });
        expect(isUpToDate(want, stored, interpreter)).toBe(true);
      }),
    );
  });
});

describe('compareWithObserved', () => {
  const base = aDeployment();
  const spec = (change: object): KubeObject => observedFrom(base, {}, { spec: { ...Object(base['spec']), ...change } });

  it.each<[string, KubeObject, string]>([
    ['the same object', observedFrom(base), 'same'],
    ['empty additions', spec({ strategy: {}, paused: null, items: [] }), 'same'],
    ['member-only labels', observedFrom(base, { labels: { app: 'web', other: 'x' } }), 'same'],
    ['defaulted fields', spec({ revisionHistoryLimit: 10 }), 'defaulted'],
    ['another replica count', spec({ replicas: 5 }), 'different'],
    ['a changed label', observedFrom(base, { labels: { app: 'x' } }), 'different'],
    [
      'a label that is no longer wanted',
      observedFrom(base, { labels: { app: 'web', old: 'x' }, annotations: { [managed]: 'app,old' } }),
      'different',
    ],
    [
      'a user map that somebody filled',
      spec({
        template: {
          spec: {
            containers: [
              { name: 'c0', image: 'nginx:1.27', args: ['a', 'b'] },
              { name: 'c1', image: 'redis' },
            ],
            nodeSelector: { disk: 'ssd' },
          },
        },
      }),
      'different',
    ],
    [
      'a removed container',
      spec({ template: { spec: { containers: [{ name: 'c0', image: 'nginx:1.27', args: ['a', 'b'] }] } } }),
      'different',
    ],
  ])('sees %s', (_, observed, expected) => {
    expect(compareWithObserved(base, observed, interpreter)).toBe(expected);
  });

  it('compares quantities by value', () => {
    const limits = (cpu: string): KubeObject => ({
      apiVersion: 'example.io/v1',
      kind: 'W',
      metadata: { name: 'w' },
      spec: { limits: { cpu } },
    });
    expect(isUpToDate(limits('1000m'), limits('1'), interpreter)).toBe(true);
    expect(isUpToDate(limits('1001m'), limits('1'), interpreter)).toBe(false);
  });

  it('sees keys that somebody added to a ConfigMap', () => {
    const config = (data: object): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data,
    });
    expect(isUpToDate(config({ a: '1' }), config({ a: '1', b: '2' }), interpreter)).toBe(false);
  });

  it('takes what the interpreter leaves to the member as given', () => {
    const service = (fields: object): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { type: 'ClusterIP', ...fields },
    });
    expect(isUpToDate(service({}), service({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] }), interpreter)).toBe(
      true,
    );
  });
});
