import { afterEach, describe, expect, it, vi } from 'vitest';

import { MemberSync } from './member-sync.ts';
import type { ApplyOutcome, Intent, MemberSyncDeps } from './member-sync.ts';
import type { MemberObject } from './observed-object.ts';
import { MemoryMember } from './testing/memory-member.ts';

const target = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  resource: 'deployments',
  namespace: 'default',
  name: 'web',
};
const path = '/apis/apps/v1/namespaces/default/deployments/web';

function aDeployment(
  replicas: number,
  labels: Record<string, string> = { 'karmada.io/managed': 'true' },
): MemberObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', labels },
    spec: { replicas },
  };
}

function anApply(manifest: MemberObject, conflictResolution: 'Abort' | 'Overwrite' = 'Abort'): Intent {
  const text = JSON.stringify(manifest);
  return {
    kind: 'apply',
    target,
    conflictResolution,
    render: () => ({ kind: 'rendered', manifest, json: () => text, hash: text }),
  };
}

const syncs: MemberSync[] = [];

function start(
  member: MemoryMember,
  deps: Partial<MemberSyncDeps> = {},
): { sync: MemberSync; outcomes: ApplyOutcome[] } {
  const outcomes: ApplyOutcome[] = [];
  const sync = new MemberSync(
    {
      client: member,
      bodyForUpdate: (desired, observed) => ({
        ...desired,
        metadata: { ...desired.metadata, resourceVersion: observed.metadata.resourceVersion ?? '' },
      }),
      compare: (desired, observed) =>
        JSON.stringify(desired['spec']) === JSON.stringify(observed['spec']) ? 'same' : 'different',
      withoutMarks: (observed) => ({ ...observed, metadata: { ...observed.metadata, labels: {} } }),
      isManaged: (observed) => observed.metadata.labels?.['karmada.io/managed'] === 'true',
      onOutcome: (_key, outcome) => outcomes.push(outcome),
      onObserved: () => undefined,
      onUnclaimed: () => undefined,
      onReachable: () => undefined,
      random: () => 0,
      ...deps,
    },
    { managedSelector: 'karmada.io/managed=true' },
  );
  syncs.push(sync);
  return { sync, outcomes };
}

function replicasOf(member: MemoryMember): unknown {
  return (member.get(path)?.['spec'] as { replicas?: unknown } | undefined)?.replicas;
}

describe('MemberSync', () => {
  afterEach(async () => {
    await Promise.all(syncs.splice(0).map((sync) => sync.stop()));
  });

  it('creates what is not there, with one write', async () => {
    const member = new MemoryMember();
    const { sync, outcomes } = start(member);
    sync.setIntent(anApply(aDeployment(2)));
    await vi.waitFor(() => expect(outcomes).toEqual([{ kind: 'applied' }]));
    expect(replicasOf(member)).toBe(2);
    expect(member.requests.filter((request) => !request.startsWith('GET'))).toHaveLength(1);
  });

  it('writes nothing when the member already has it', async () => {
    const member = new MemoryMember();
    member.put(path, aDeployment(2));
    const { sync, outcomes } = start(member);
    sync.setIntent(anApply(aDeployment(2)));
    await vi.waitFor(() => expect(outcomes).toEqual([{ kind: 'applied' }]));
    expect(member.requests.filter((request) => !request.startsWith('GET'))).toEqual([]);
  });

  it('updates when the render changes and corrects a manual change', async () => {
    const member = new MemoryMember();
    const { sync } = start(member);
    sync.setIntent(anApply(aDeployment(2)));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(2));
    sync.setIntent(anApply(aDeployment(5)));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(5));
    member.put(path, aDeployment(9));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(5));
  });

  it('creates again what somebody deleted in the member', async () => {
    const member = new MemoryMember();
    const { sync } = start(member);
    sync.setIntent(anApply(aDeployment(2)));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(2));
    member.remove(path);
    await vi.waitFor(() => expect(replicasOf(member)).toBe(2));
  });

  it('leaves an object alone that is not managed, and says how to take it over', async () => {
    const member = new MemoryMember();
    member.put(path, aDeployment(7, {}));
    const { sync, outcomes } = start(member);
    sync.setIntent(anApply(aDeployment(2)));
    await vi.waitFor(() =>
      expect(outcomes[0]).toMatchObject({ kind: 'failed', message: expect.stringContaining('Overwrite') as string }),
    );
    expect(replicasOf(member)).toBe(7);
    sync.setIntent(anApply(aDeployment(2), 'Overwrite'));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(2));
  });

  it('removes only what is managed and ours', async () => {
    const member = new MemoryMember();
    member.put(path, aDeployment(7));
    const { sync, outcomes } = start(member);
    sync.setIntent({ kind: 'remove', target, isPreserved: false, isOurs: () => false });
    await vi.waitFor(() => expect(outcomes).toEqual([{ kind: 'removed' }]));
    expect(replicasOf(member)).toBe(7);
    sync.setIntent({ kind: 'remove', target, isPreserved: false, isOurs: () => true });
    await vi.waitFor(() => expect(member.get(path)).toBeUndefined());
  });

  it('takes its marks off when the object is to be preserved', async () => {
    const member = new MemoryMember();
    member.put(path, aDeployment(7));
    const { sync } = start(member);
    sync.setIntent({ kind: 'remove', target, isPreserved: true, isOurs: () => true });
    await vi.waitFor(() => expect(member.get(path)?.metadata.labels).toEqual({}));
  });

  it('waits while the member is down and goes on when it is back', async () => {
    const member = new MemoryMember();
    const told: boolean[] = [];
    const { sync, outcomes } = start(member, { onReachable: (isReachable) => told.push(isReachable) });
    member.isDown = true;
    sync.setIntent(anApply(aDeployment(2)));
    await vi.waitFor(() => expect(told).toEqual([false]));
    const waiting = { kind: 'failed', message: 'waits until the member can be reached: ECONNREFUSED' };
    expect(outcomes).toEqual([waiting]);
    member.isDown = false;
    sync.nudge();
    await vi.waitFor(() => expect(outcomes).toEqual([waiting, { kind: 'applied' }]));
    expect(told).toEqual([false, true]);
  });

  it('tells what the member refused and keeps trying', async () => {
    const member = new MemoryMember();
    member.answers.push({
      match: /^POST/,
      response: { status: 422, body: '{"message":"spec.replicas: Invalid value"}' },
    });
    const { sync, outcomes } = start(member);
    sync.setIntent(anApply(aDeployment(2)));
    await vi.waitFor(() => expect(outcomes.at(-1)).toEqual({ kind: 'applied' }));
    expect(outcomes[0]).toEqual({ kind: 'failed', message: '422: spec.replicas: Invalid value' });
  });

  it('does not write for ever when the member normalises what it is given', async () => {
    const member = new MemoryMember();
    const { sync, outcomes } = start(member, { compare: () => 'different' });
    member.put(path, aDeployment(3));
    member.answers.push({
      match: /^PUT/,
      response: { status: 200, body: JSON.stringify(member.get(path)) },
    });
    sync.setIntent(anApply(aDeployment(2)));
    await vi.waitFor(() => expect(outcomes).toEqual([{ kind: 'applied' }]));
    await vi.waitFor(() => expect(sync.depth).toBe(0));
    expect(member.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(1);
  });

  it('reports a managed object that nobody asked for', async () => {
    const member = new MemoryMember();
    member.put(path, aDeployment(7));
    const unclaimed: string[] = [];
    const { sync } = start(member, { onUnclaimed: ({ name }) => unclaimed.push(name) });
    sync.watch('apps/v1', 'deployments');
    await vi.waitFor(() => expect(unclaimed).toEqual(['web']));
    expect(replicasOf(member)).toBe(7);
  });
});
