import { describe, expect, it } from 'vitest';
import { podRequirements } from './pod-requirements.ts';

function container(requests: object, limits: object = {}, more: object = {}): object {
  return { resources: { requests, limits }, ...more };
}

describe('podRequirements', () => {
  it.each<[string, object, object | undefined]>([
    ['nothing', { containers: [{ name: 'c' }] }, undefined],
    [
      'the sum of containers',
      { containers: [container({ cpu: '250m' }), container({ cpu: '1', memory: '64Mi' })] },
      { cpu: '1250m', memory: '64Mi' },
    ],
    [
      'limits where requests are absent',
      { containers: [container({ cpu: '100m' }, { cpu: '2', memory: '1Gi' })] },
      { cpu: '100m', memory: '1Gi' },
    ],
    [
      'the largest init container when it needs more',
      {
        containers: [container({ cpu: '1', memory: '1Gi' })],
        initContainers: [container({ cpu: '2' }), container({ memory: '2Gi' })],
      },
      { cpu: '2', memory: '2Gi' },
    ],
    [
      'sidecars beside containers and beside later init containers',
      {
        containers: [container({ cpu: '1' })],
        initContainers: [
          container({ cpu: '3' }),
          container({ cpu: '500m' }, {}, { restartPolicy: 'Always' }),
          container({ cpu: '3' }),
        ],
      },
      { cpu: '3500m' },
    ],
    ['no unreadable quantities', { containers: [container({ cpu: 'lots', memory: '1Gi' })] }, { memory: '1Gi' }],
  ])('asks for %s', (_, podSpec, resourceRequest) => {
    expect(podRequirements({ ...podSpec })?.resourceRequest).toEqual(resourceRequest);
  });

  it('claims nodes by selector, tolerations and required affinity', () => {
    const hardNodeAffinity = {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
    };
    const tolerations = [{ key: 'gpu', operator: 'Exists' }];
    const podSpec = {
      nodeSelector: { disk: 'ssd' },
      tolerations,
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: hardNodeAffinity } },
    };
    expect(podRequirements(podSpec)).toEqual({
      nodeClaim: { hardNodeAffinity, nodeSelector: { disk: 'ssd' }, tolerations },
    });
  });
});
