import { describe, expect, it, vi } from 'vitest';

import { MemoryMember } from './testing/memory-member.ts';
import { aDeployment, anApply, aRemoval, startSync, webPath, webTarget } from './testing/member-sync-world.ts';
import { SlowMember } from './testing/slow-member.ts';

function specIn(member: MemoryMember): unknown {
  return member.get(webPath)?.['spec'];
}

describe('MemberSync, when things cross', () => {
  it('takes a field away that the write before last had put there', async () => {
    const member = new SlowMember();
    member.slow = /^POST/;
    const { sync } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2, paused: true })));
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    member.release();
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2 }));
  });

  it('keeps the intent of a new owner while the removal for the former one ends', async () => {
    const member = new SlowMember();
    member.put(webPath, aDeployment({ replicas: 1 }));
    member.slow = /^DELETE/;
    const { sync, outcomes } = startSync(member);
    sync.setIntent(aRemoval());
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    sync.forget(webTarget);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    member.release();
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2 }));
    expect(outcomes).toEqual([{ kind: 'applied' }]);
  });

  it('does not believe an answer that is older than what the watch has shown', async () => {
    const member = new SlowMember();
    const { sync, observed } = startSync(member);
    member.slow = /^POST|^GET .*\/web$/;
    member.answers.push({ match: /^POST/, response: { status: 409, body: '{}' } });
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    member.put(webPath, aDeployment({ replicas: 2 }));
    await vi.waitFor(() => expect(observed).toHaveLength(1));
    member.waiting.shift()?.();
    // The object goes while the answer that shows it is on its way.
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    member.remove(webPath);
    await vi.waitFor(() => expect(observed.at(-1)).toBeUndefined());
    member.release();
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2 }));
  });

  it('says nothing any more once it is stopped', async () => {
    const member = new SlowMember();
    member.put(webPath, aDeployment({ replicas: 1 }));
    member.slow = /^DELETE/;
    const { sync, outcomes } = startSync(member);
    sync.setIntent(aRemoval());
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    const stopped = sync.stop();
    member.release();
    await stopped;
    expect(outcomes).toEqual([]);
  });

  it('tells nothing of a list that comes after it was stopped', async () => {
    const member = new SlowMember();
    member.slow = /^GET .*\/deployments/;
    const observed: unknown[] = [];
    const { sync } = startSync(member, {
      onObserved: (...args) => observed.push(args),
      onUnclaimed: () => observed.push(1),
    });
    sync.setIntent({ kind: 'hold', target: webTarget });
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    await sync.stop();
    member.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(observed).toEqual([]);
  });

  it('lets a refused look at one object hold up nobody else', async () => {
    const member = new MemoryMember();
    const told: boolean[] = [];
    const { sync, outcomes } = startSync(member, { onReachable: (isReachable) => told.push(isReachable) });
    member.answers.push({ match: /^GET .*\/web$/, response: { status: 403, body: '{"message":"forbidden"}' } });
    sync.setIntent(aRemoval());
    await vi.waitFor(() =>
      expect(outcomes).toEqual([{ kind: 'failed', message: '403: forbidden' }, { kind: 'removed' }]),
    );
    expect(told).toEqual([]);
  });

  it('tells that an object on hold is not there', async () => {
    const member = new MemoryMember();
    const { sync, observed } = startSync(member);
    sync.setIntent({ kind: 'hold', target: webTarget });
    await vi.waitFor(() => expect(observed).toEqual([undefined]));
  });
});
