import type { KubeObject } from '@flotilla/kinds/kube-object';
import { describe, expect, it } from 'vitest';
import { pruneTemplate } from './prune-template.ts';
import { aDeployment, deepFreeze } from './testing/objects.ts';

function object(
  apiVersion: string,
  kind: string,
  rest: Omit<KubeObject, 'apiVersion' | 'kind' | 'metadata'>,
  metadata: KubeObject['metadata'] = {},
): KubeObject {
  return deepFreeze({ apiVersion, kind, metadata: { name: 'a', ...metadata }, ...rest });
}

describe('pruneTemplate', () => {
  it('keeps name, namespace, labels, annotations and everything but status', () => {
    const template = deepFreeze({
      ...aDeployment({
        uid: 'u',
        resourceVersion: '1',
        generation: 2,
        creationTimestamp: 't',
        deletionTimestamp: 't',
        deletionGracePeriodSeconds: 1,
        finalizers: ['f'],
        generateName: 'w',
        managedFields: [],
        ownerReferences: [],
        labels: { app: 'web', 'propagationpolicy.karmada.io/permanent-id': 'p' },
        annotations: {
          a: 'b',
          'deployment.kubernetes.io/revision': '3',
          'clusterpropagationpolicy.karmada.io/name': 'p',
        },
      }),
      status: { replicas: 1 },
    });
    const { status: _status, ...rest } = template;
    expect(pruneTemplate(template)).toEqual({
      ...rest,
      metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' }, annotations: { a: 'b' } },
    });
  });

  it('takes the stamp of another binding off, where somebody made a template of a copy', () => {
    const template = deepFreeze(
      aDeployment({
        labels: { app: 'web', 'karmada.io/managed': 'true', 'clusterresourcebinding.karmada.io/permanent-id': 'x' },
        annotations: {
          'clusterresourcebinding.karmada.io/name': 'other',
          'resourcetemplate.karmada.io/managed-labels': 'app',
          'work.karmada.io/conflict-resolution': 'overwrite',
        },
      }),
    );
    expect(pruneTemplate(template).metadata).toEqual({
      name: 'web',
      namespace: 'shop',
      labels: { app: 'web' },
      annotations: { 'work.karmada.io/conflict-resolution': 'overwrite' },
    });
  });

  it.each<[string, KubeObject, object]>([
    [
      'cluster addresses of Services',
      object('v1', 'Service', { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], type: 'ClusterIP' } }),
      { spec: { type: 'ClusterIP' } },
    ],
    [
      'nothing of headless Services',
      object('v1', 'Service', { spec: { clusterIP: 'None', clusterIPs: ['None'] } }),
      { spec: { clusterIP: 'None', clusterIPs: ['None'] } },
    ],
    [
      'token secrets of ServiceAccounts',
      object('v1', 'ServiceAccount', { secrets: [{ name: 'a-token-x' }, { name: 'mine' }] }),
      { secrets: [{ name: 'mine' }] },
    ],
    [
      'data of token Secrets',
      object(
        'v1',
        'Secret',
        { type: 'kubernetes.io/service-account-token', data: { token: 'x' } },
        { annotations: { 'kubernetes.io/service-account.uid': 'u', k: 'v' } },
      ),
      { type: 'kubernetes.io/service-account-token', metadata: { name: 'a', annotations: { k: 'v' } } },
    ],
    [
      'the chosen node of claims',
      object('v1', 'PersistentVolumeClaim', {}, { annotations: { 'volume.kubernetes.io/selected-node': 'n' } }),
      { metadata: { name: 'a', annotations: {} } },
    ],
    [
      'generated labels of Jobs',
      object('batch/v1', 'Job', {
        spec: {
          ttlSecondsAfterFinished: 1,
          selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
          template: { metadata: { labels: { 'job-name': 'a', x: 'y' } } },
        },
      }),
      { spec: { template: { metadata: { labels: { x: 'y' } } } } },
    ],
    [
      'only the time to live of Jobs with a manual selector',
      object('batch/v1', 'Job', {
        spec: { ttlSecondsAfterFinished: 1, manualSelector: true, selector: { matchLabels: { 'job-name': 'a' } } },
      }),
      { spec: { manualSelector: true, selector: { matchLabels: { 'job-name': 'a' } } } },
    ],
  ])('drops %s', (_, template, expected) => {
    const { apiVersion, kind } = template;
    expect(pruneTemplate(template)).toEqual({ apiVersion, kind, metadata: { name: 'a' }, ...expected });
  });
});
