import { afterEach, describe, expect, it, vi } from 'vitest';

import type { MemberRequest, MemberResponse } from './member-client.ts';
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

/** A member whose answers to one kind of request arrive when the test says so: they were made when the request came. */
class SlowMember extends MemoryMember {
  slow: RegExp | undefined;
  readonly waiting: (() => void)[] = [];

  override async request(request: MemberRequest): Promise<MemberResponse> {
    const response = await super.request(request);
    if (this.slow?.test(`${request.method} ${request.path}`) === true) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return response;
  }

  release(): void {
    this.slow = undefined;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

function aDeployment(spec: Readonly<Record<string, unknown>>): MemberObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default', labels: { 'karmada.io/managed': 'true' } },
    spec,
  };
}

function anApply(manifest: MemberObject): Intent {
  const text = JSON.stringify(manifest);
  return {
    kind: 'apply',
    target,
    conflictResolution: 'Abort',
    render: () => ({ kind: 'rendered', manifest, json: () => text, hash: text }),
  };
}

const aRemoval: Intent = { kind: 'remove', target, isPreserved: false, isOurs: () => true };

/** Fields that we leave open may hold anything. */
function compare(desired: MemberObject, observed: MemberObject): 'same' | 'defaulted' | 'different' {
  const wanted = Object.entries(desired['spec'] as object);
  const found = observed['spec'] as Record<string, unknown>;
  if (wanted.some(([key, value]) => found[key] !== value)) return 'different';
  return Object.keys(found).length === wanted.length ? 'same' : 'defaulted';
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
      compare,
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

function specIn(member: MemoryMember): unknown {
  return member.get(path)?.['spec'];
}

describe('MemberSync, when things cross', () => {
  afterEach(async () => {
    await Promise.all(syncs.splice(0).map((sync) => sync.stop()));
  });

  it('takes a field away that the write before last had put there', async () => {
    const member = new SlowMember();
    member.slow = /^POST/;
    const { sync } = start(member);
    sync.setIntent(anApply(aDeployment({ replicas: 2, paused: true })));
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    member.release();
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2 }));
  });

  it('keeps the intent of a new owner while the removal for the former one ends', async () => {
    const member = new SlowMember();
    member.put(path, aDeployment({ replicas: 1 }));
    member.slow = /^DELETE/;
    const { sync, outcomes } = start(member);
    sync.setIntent(aRemoval);
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    sync.forget(target);
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    member.release();
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2 }));
    expect(outcomes).toEqual([{ kind: 'applied' }]);
  });

  it('does not believe an answer that is older than what the watch has shown', async () => {
    const member = new SlowMember();
    const observed: (MemberObject | undefined)[] = [];
    const { sync } = start(member, { onObserved: (_key, object) => observed.push(object) });
    member.slow = /^POST|^GET .*\/web$/;
    member.answers.push({ match: /^POST/, response: { status: 409, body: '{}' } });
    sync.setIntent(anApply(aDeployment({ replicas: 2 })));
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    member.put(path, aDeployment({ replicas: 2 }));
    await vi.waitFor(() => expect(observed).toHaveLength(1));
    member.waiting.shift()?.();
    // The object goes while the answer that shows it is on its way.
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    member.remove(path);
    await vi.waitFor(() => expect(observed.at(-1)).toBeUndefined());
    member.release();
    await vi.waitFor(() => expect(specIn(member)).toEqual({ replicas: 2 }));
  });

  it('says nothing any more once it is stopped', async () => {
    const member = new SlowMember();
    member.put(path, aDeployment({ replicas: 1 }));
    member.slow = /^DELETE/;
    const { sync, outcomes } = start(member);
    sync.setIntent(aRemoval);
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
    const { sync } = start(member, {
      onObserved: (...args) => observed.push(args),
      onUnclaimed: () => observed.push(1),
    });
    sync.setIntent({ kind: 'hold', target });
    await vi.waitFor(() => expect(member.waiting).toHaveLength(1));
    await sync.stop();
    member.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(observed).toEqual([]);
  });

  it('lets a refused look at one object hold up nobody else', async () => {
    const member = new MemoryMember();
    const told: boolean[] = [];
    const { sync, outcomes } = start(member, { onReachable: (isReachable) => told.push(isReachable) });
    member.answers.push({ match: /^GET .*\/web$/, response: { status: 403, body: '{"message":"forbidden"}' } });
    sync.setIntent(aRemoval);
    await vi.waitFor(() =>
      expect(outcomes).toEqual([{ kind: 'failed', message: '403: forbidden' }, { kind: 'removed' }]),
    );
    expect(told).toEqual([]);
  });

  it('tells that an object on hold is not there', async () => {
    const member = new MemoryMember();
    const observed: (MemberObject | undefined)[] = [];
    const { sync } = start(member, { onObserved: (_key, object) => observed.push(object) });
    sync.setIntent({ kind: 'hold', target });
    await vi.waitFor(() => expect(observed).toEqual([undefined]));
  });
});
