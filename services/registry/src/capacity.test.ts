import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { KubeObject } from '@flotilla/kinds/kube-object';

import { Capacity } from './capacity.ts';

function aNode(name: string, cpu: string, isReady = true): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: {
      allocatable: { cpu, memory: '8Gi', pods: '2' },
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    },
  };
}

function aPod(name: string, cpu: string, nodeName?: string, phase = 'Running'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      ...(nodeName === undefined ? {} : { nodeName }),
      containers: [{ name: 'main', resources: { requests: { cpu } } }],
    },
    status: { phase },
  };
}

const models = [
  { grade: 0, ranges: [{ name: 'cpu', min: '0', max: '1' }] },
  { grade: 1, ranges: [{ name: 'cpu', min: '1', max: '4' }] },
  { grade: 2, ranges: [{ name: 'cpu', min: '4', max: '100' }] },
];

describe('Capacity', () => {
  it('sums ready nodes and separates pods with and without a node', () => {
    const capacity = new Capacity();
    capacity.setNode(aNode('n1', '4'));
    capacity.setNode(aNode('n2', '8', false));
    capacity.setPod(aPod('a', '500m', 'n1'));
    capacity.setPod(aPod('b', '250m'));
    capacity.setPod(aPod('done', '1', 'n1', 'Succeeded'));
    expect(capacity.nodeSummary()).toEqual({ totalNum: 2, readyNum: 1 });
    expect(capacity.resourceSummary([])).toEqual({
      allocatable: { cpu: '4', memory: '8Gi', pods: '2' },
      allocated: { cpu: '500m', pods: '1' },
      allocating: { cpu: '250m', pods: '1' },
    });
  });

  it('counts nodes by what is free on them; a full node hides no other', () => {
    const capacity = new Capacity();
    capacity.setNode(aNode('full', '16'));
    capacity.setPod(aPod('a', '100m', 'full'));
    capacity.setPod(aPod('b', '100m', 'full'));
    capacity.setNode(aNode('half', '4'));
    capacity.setPod(aPod('c', '2', 'half'));
    capacity.setNode(aNode('empty', '4'));
    expect(capacity.resourceSummary(models).allocatableModelings).toEqual([
      { grade: 0, count: 0 },
      { grade: 1, count: 1 },
      { grade: 2, count: 1 },
    ]);
  });

  it('takes a number that is none for nothing', () => {
    const capacity = new Capacity();
    capacity.setNode(aNode('n1', '4'));
    capacity.setPod(aPod('a', 'plenty', 'n1'));
    expect(capacity.resourceSummary([]).allocated).toEqual({ cpu: '0', pods: '1' });
  });

  it('forgets exactly what a pod added, whatever the order of events', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ name: fc.constantFrom('a', 'b', 'c'), cpu: fc.constantFrom('1', '250m'), isBound: fc.boolean() }),
        ),
        (events) => {
          const capacity = new Capacity();
          capacity.setNode(aNode('n1', '4'));
          const empty = capacity.resourceSummary([]).allocatable;
          for (const { name, cpu, isBound } of events) capacity.setPod(aPod(name, cpu, isBound ? 'n1' : undefined));
          for (const name of ['a', 'b', 'c']) capacity.removePod(`default/${name}`);
          const { allocatable, allocated = {}, allocating = {} } = capacity.resourceSummary([]);
          expect(allocatable).toEqual(empty);
          for (const amount of [...Object.values(allocated), ...Object.values(allocating)]) expect(amount).toBe('0');
        },
      ),
    );
  });
});
