/** Events of events.k8s.io and of the core group are the same objects under two names; the core form is stored. */
import { without } from '../without.ts';
import type { KubeObject } from '../../kube-object.ts';

/** Fields that are called otherwise in the core group. */
const coreNames: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const newerNames = Object.fromEntries(Object.entries(coreNames).map(([newer, core]) => [core, newer]));

export function toCoreEvent(event: KubeObject): KubeObject {
  const { kind, metadata } = event;
  return {
    reportingComponent: '',
    reportingInstance: '',
    ...renamed(event, coreNames),
    apiVersion: 'v1',
    kind,
    metadata,
  };
}

export function fromCoreEvent(event: KubeObject): KubeObject {
  const newer = renamed(event, newerNames);
  const empty = ['reportingController', 'reportingInstance', 'note'].filter((field) => newer[field] === '');
  const { kind, metadata } = event;
  return { ...without(newer, ...empty), apiVersion: 'events.k8s.io/v1', kind, metadata };
}

function renamed(event: KubeObject, names: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(event).map(([field, value]) => [names[field] ?? field, value]));
}
