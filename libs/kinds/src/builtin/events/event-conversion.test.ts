import { describe, expect, it } from 'vitest';
import { fromCoreEvent, toCoreEvent } from './event-conversion.ts';
import type { KubeObject } from '../../kube-object.ts';

const metadata = { name: 'e', namespace: 'default' };
const pod = { kind: 'Pod', namespace: 'default', name: 'p' };

/** The same objects as a real kube-apiserver shows them in both groups. */
const pairs: readonly (readonly [string, object, object])[] = [
  [
    'written through the core group',
    {
      involvedObject: pod,
      reason: 'R',
      message: 'M',
      source: { component: 'c', host: 'h' },
      firstTimestamp: '2020-01-01T00:00:00Z',
      lastTimestamp: '2020-01-01T00:00:01Z',
      count: 3,
      type: 'Normal',
      eventTime: null,
      reportingComponent: '',
      reportingInstance: '',
    },
    {
      eventTime: null,
      reason: 'R',
      regarding: pod,
      note: 'M',
      type: 'Normal',
      deprecatedSource: { component: 'c', host: 'h' },
      deprecatedFirstTimestamp: '2020-01-01T00:00:00Z',
      deprecatedLastTimestamp: '2020-01-01T00:00:01Z',
      deprecatedCount: 3,
    },
  ],
  [
    'written through events.k8s.io',
    {
      involvedObject: pod,
      reason: 'R',
      message: 'N1',
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      type: 'Normal',
      eventTime: '2020-01-01T00:00:00.000000Z',
      series: { count: 2, lastObservedTime: '2020-01-01T00:00:02.000000Z' },
      action: 'A',
      related: { kind: 'Node', name: 'n1' },
      reportingComponent: 'c/x',
      reportingInstance: 'i',
    },
    {
      eventTime: '2020-01-01T00:00:00.000000Z',
      series: { count: 2, lastObservedTime: '2020-01-01T00:00:02.000000Z' },
      reportingController: 'c/x',
      reportingInstance: 'i',
      action: 'A',
      reason: 'R',
      regarding: pod,
      related: { kind: 'Node', name: 'n1' },
      note: 'N1',
      type: 'Normal',
      deprecatedSource: {},
      deprecatedFirstTimestamp: null,
      deprecatedLastTimestamp: null,
    },
  ],
];

describe('an Event in both groups', () => {
  it.each(pairs)('is the same when %s', (_, core, newer) => {
    const coreEvent = { apiVersion: 'v1', kind: 'Event', metadata, ...core } as KubeObject;
    const newerEvent = { apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata, ...newer } as KubeObject;
    expect(fromCoreEvent(coreEvent)).toEqual(newerEvent);
    expect(toCoreEvent(newerEvent)).toEqual(coreEvent);
  });
});
