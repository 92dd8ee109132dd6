import { describe, expect, it, vi } from 'vitest';

import type { ApplyIntent, ApplyOutcome } from './intent.ts';
import type { MemberObject } from './observed-object.ts';
import { MemoryMember } from './testing/memory-member.ts';
import { aDeployment, anApply, startSync, webPath } from './testing/member-sync-world.ts';
import { SlowMember } from './testing/slow-member.ts';

/** Fills in a field that we leave open. */
function withDefaults(object: MemberObject): MemberObject {
  return { ...object, spec: { paused: false, ...(object['spec'] as object) } };
}

function specIn(member: MemoryMember): unknown {
  return member.get(webPath)?.['spec'];
}

function counted(intent: ApplyIntent) {
  const render = vi.fn<ApplyIntent['render']>(intent.render);
  return { intent: { ...intent, render }, render };
}

describe('MemberSync, told by the watch of its own writes', () => {
  it.each(['POST', 'PUT'] as const)('neither renders nor writes again after a %s', async (method) => {
    const member = new MemoryMember();
    member.admit = withDefaults;
    if (method === 'PUT') member.put(webPath, withDefaults(aDeployment({ replicas: 1 })));
    const { sync, observed } = startSync(member);
    const { intent, render } = counted(anApply(aDeployment({ replicas: 2 })));
    sync.setIntent(intent);
    await vi.waitFor(() => expect(observed.at(-1)?.['spec']).toEqual({ replicas: 2, paused: false }));
    const renders = render.mock.calls.length;
    await vi.waitFor(() => expect(sync.depth).toBe(0));
    expect(member.writes).toHaveLength(1);
    // Its own write is known for settled: the same state told once more costs nothing either.
    member.put(webPath, { ...withDefaults(aDeployment({ replicas: 2 })), status: { replicas: 2 } });
    await vi.waitFor(() => expect(observed.at(-1)?.['status']).toEqual({ replicas: 2 }));
    expect(sync.depth).toBe(0);
    expect(render).toHaveBeenCalledTimes(renders);
    expect(render).toHaveBeenCalledTimes(1);
  });

  it('writes once when the watch is faster than the answer', async () => {
    const member = new SlowMember();
    member.admit = withDefaults;
    member.slow = /^POST/;
    const { sync, outcomes, observed } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(observed).toHaveLength(1));
    expect(outcomes).toEqual([]);
    member.release();
    await vi.waitFor(() => expect(sync.depth).toBe(0));
    expect(outcomes).toEqual([{ kind: 'applied' }]);
    expect(member.writes).toHaveLength(1);
  });

  it('takes away what somebody added before the watch told of the write', async () => {
    const member = new MemoryMember();
    member.admit = withDefaults;
    let isAdded = false;
    const { sync, observed } = startSync(member, {
      onOutcome: () => {
        if (isAdded) return;
        isAdded = true;
        member.put(webPath, withDefaults(aDeployment({ replicas: 2, surge: 5 })));
      },
    });
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(isAdded).toBe(true));
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2, paused: false }));
    expect(observed[0]?.['spec']).toEqual({ replicas: 2, paused: false, surge: 5 });
  });

  it('takes away what somebody added before the answer came', async () => {
    const member = new SlowMember();
    member.admit = withDefaults;
    member.slow = /^POST/;
    const { sync, observed } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    member.put(webPath, withDefaults(aDeployment({ replicas: 2, surge: 5 })));
    await vi.waitFor(() => expect(observed).toHaveLength(1));
    member.release();
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2, paused: false }));
  });

  it('takes a status that came together with the write for no change by others', async () => {
    const member = new MemoryMember();
    member.admit = withDefaults;
    const { sync, observed } = startSync(member, {
      onOutcome: () => {
        const object = member.get(webPath);
        if (object?.['status'] === undefined) member.put(webPath, { ...object!, status: { replicas: 2 } });
      },
    });
    const { intent, render } = counted(anApply(aDeployment({ replicas: 2 })));
    sync.setIntent(intent);
    await vi.waitFor(() => expect(observed.at(-1)?.['status']).toEqual({ replicas: 2 }));
    await vi.waitFor(() => expect(sync.depth).toBe(0));
    expect(member.writes).toHaveLength(1);
    expect(render).toHaveBeenCalledTimes(1);
  });

  it('corrects what the member changed on admission', async () => {
    const member = new MemoryMember();
    member.admit = (object, method) => (method === 'POST' ? { ...object, spec: { replicas: 1 } } : object);
    const { sync } = startSync(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2 }));
    expect(member.writes).toHaveLength(2);
  });

  it('tells nothing about what is wanted by then', async () => {
    const member = new SlowMember();
    const outcomes: ApplyOutcome[] = [];
    const { sync, observed } = startSync(member, {
      onOutcome: (_key, outcome) => {
        outcomes.push(outcome);
        if (outcomes.length > 1) return;
        member.slow = /^(POST|PUT)/;
        sync.setIntent(anApply(aDeployment({ replicas: 3 })));
      },
    });
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(observed).toHaveLength(1));
    expect(outcomes).toHaveLength(1);
    member.release();
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 3 }));
    await vi.waitFor(() => expect(outcomes).toHaveLength(2));
  });
});
