import { onTestFinished } from 'vitest';

import type { ApplyIntent, ApplyOutcome, Intent } from '../intent.ts';
import type { MemberClient } from '../member-client.ts';
import { MemberSync } from '../member-sync.ts';
import type { MemberSyncDeps } from '../member-sync.ts';
import type { MemberObject } from '../observed-object.ts';
import type { ObjectTarget } from '../object-target.ts';

/** The one object that these tests are about. */
export const webTarget: ObjectTarget = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  resource: 'deployments',
  namespace: 'default',
  name: 'web',
};
export const webPath = '/apis/apps/v1/namespaces/default/deployments/web';

/** As `web` is rendered, or as it stands in the member; without the managed label when `labels` says so. */
export function aDeployment(
  spec: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>> = { 'karmada.io/managed': 'true' },
): MemberObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', labels },
    spec,
  };
}

export function anApply(manifest: MemberObject, conflictResolution: 'Abort' | 'Overwrite' = 'Abort'): ApplyIntent {
  const text = JSON.stringify(manifest);
  return {
    kind: 'apply',
    target: webTarget,
    conflictResolution,
    render: () => ({ kind: 'rendered', manifest, json: () => text, hash: text }),
  };
}

export function aRemoval({ isPreserved = false, isOurs = true } = {}): Intent {
  return { kind: 'remove', target: webTarget, isPreserved, isOurs: () => isOurs };
}

export interface StartedSync {
  readonly sync: MemberSync;
  /** As they were told. */
  readonly outcomes: ApplyOutcome[];
  /** Newest states as they were told. */
  readonly observed: (MemberObject | undefined)[];
}

/** An engine for the member; ends with the test. */
export function startSync(client: MemberClient, deps: Partial<MemberSyncDeps> = {}): StartedSync {
  const outcomes: ApplyOutcome[] = [];
  const observed: (MemberObject | undefined)[] = [];
  const sync = new MemberSync(
    {
      client,
      bodyForUpdate: (desired, current) => ({
        ...desired,
        metadata: { ...desired.metadata, resourceVersion: current.metadata.resourceVersion ?? '' },
      }),
      compare: compareSpecs,
      withoutMarks: (current) => ({ ...current, metadata: { ...current.metadata, labels: {} } }),
      isManaged: (current) => current.metadata.labels?.['karmada.io/managed'] === 'true',
      onOutcome: (_key, outcome) => outcomes.push(outcome),
      onObserved: (_key, object) => observed.push(object),
      onUnclaimed: () => undefined,
      onReachable: () => undefined,
      random: () => 0,
      ...deps,
    },
    { managedSelector: 'karmada.io/managed=true' },
  );
  onTestFinished(() => sync.stop());
  return { sync, outcomes, observed };
}

/** Fields that we leave open may hold anything. */
function compareSpecs(desired: MemberObject, observed: MemberObject): 'same' | 'defaulted' | 'different' {
  const wanted = Object.entries(desired['spec'] as object);
  const found = observed['spec'] as Readonly<Record<string, unknown>>;
  if (wanted.some(([key, value]) => found[key] !== value)) return 'different';
  return Object.keys(found).length === wanted.length ? 'same' : 'defaulted';
}
