import { describe, expect, it, vi } from 'vitest';

import { MemoryMember } from './testing/memory-member.ts';
import { aDeployment, anApply, aRemoval, startSync, webPath } from './testing/member-sync-world.ts';

function replicasOf(member: MemoryMember): unknown {
  return (member.get(webPath)?.['spec'] as { replicas?: unknown } | undefined)?.replicas;
}

describe('MemberSync', () => {
  it('creates what is not there, with one write', async () => {
    const member = new MemoryMember();
    const { sync, outcomes } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(outcomes).toEqual([{ kind: 'applied' }]));
    expect(replicasOf(member)).toBe(2);
    expect(member.writes).toHaveLength(1);
  });

  it('writes nothing when the member already has it', async () => {
    const member = new MemoryMember();
    member.put(webPath, aDeployment({ replicas: 2 }));
    const { sync, outcomes } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(outcomes).toEqual([{ kind: 'applied' }]));
    expect(member.writes).toEqual([]);
  });

  it('updates when the render changes and corrects a manual change', async () => {
    const member = new MemoryMember();
    const { sync } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(2));
    sync.setIntent(anApply(aDeployment({ replicas: 5 })));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(5));
    member.put(webPath, aDeployment({ replicas: 9 }));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(5));
  });

  it('creates again what somebody deleted in the member', async () => {
    const member = new MemoryMember();
    const { sync } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(2));
    member.remove(webPath);
    await vi.waitFor(() => expect(replicasOf(member)).toBe(2));
  });

  it('leaves an object alone that is not managed, and says how to take it over', async () => {
    const member = new MemoryMember();
    member.put(webPath, aDeployment({ replicas: 7 }, {}));
    const { sync, outcomes } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() =>
      expect(outcomes[0]).toMatchObject({ kind: 'failed', message: expect.stringContaining('Overwrite') as string }),
    );
    expect(replicasOf(member)).toBe(7);
    sync.setIntent(anApply(aDeployment({ replicas: 2 }), 'Overwrite'));
    await vi.waitFor(() => expect(replicasOf(member)).toBe(2));
  });

  it('removes only what is managed and ours', async () => {
    const member = new MemoryMember();
    member.put(webPath, aDeployment({ replicas: 7 }));
    const { sync, outcomes } = startSync(member);
    sync.setIntent(aRemoval({ isOurs: false }));
    await vi.waitFor(() => expect(outcomes).toEqual([{ kind: 'removed' }]));
    expect(replicasOf(member)).toBe(7);
    sync.setIntent(aRemoval());
    await vi.waitFor(() => expect(member.get(webPath)).toBeUndefined());
  });

  it('takes its marks off when the object is to be preserved', async () => {
    const member = new MemoryMember();
    member.put(webPath, aDeployment({ replicas: 7 }));
    const { sync } = startSync(member);
    sync.setIntent(aRemoval({ isPreserved: true }));
    await vi.waitFor(() => expect(member.get(webPath)?.metadata.labels).toEqual({}));
  });

  it('waits while the member is down and goes on when it is back', async () => {
    const member = new MemoryMember();
    const told: boolean[] = [];
    const { sync, outcomes } = startSync(member, { onReachable: (isReachable) => told.push(isReachable) });
    member.isDown = true;
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
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
    const { sync, outcomes } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(outcomes.at(-1)).toEqual({ kind: 'applied' }));
    expect(outcomes[0]).toEqual({ kind: 'failed', message: '422: spec.replicas: Invalid value' });
  });

  it('does not write for ever when the member normalises what it is given', async () => {
    const member = new MemoryMember();
    const { sync, outcomes } = startSync(member, { compare: () => 'different' });
    member.put(webPath, aDeployment({ replicas: 3 }));
    member.answers.push({
      match: /^PUT/,
      response: { status: 200, body: JSON.stringify(member.get(webPath)) },
    });
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(outcomes).toEqual([{ kind: 'applied' }]));
    await vi.waitFor(() => expect(sync.depth).toBe(0));
    expect(member.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(1);
  });

  it('reports a managed object that nobody asked for', async () => {
    const member = new MemoryMember();
    member.put(webPath, aDeployment({ replicas: 7 }));
    const unclaimed: string[] = [];
    const { sync } = startSync(member, { onUnclaimed: ({ name }) => unclaimed.push(name) });
    sync.watch('apps/v1', 'deployments');
    await vi.waitFor(() => expect(unclaimed).toEqual(['web']));
    expect(replicasOf(member)).toBe(7);
  });
});
