import { createInterpreter } from '@flotilla/interpreter/interpreter';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { StoredObject } from '@flotilla/store/object-store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { newBindingState } from './binding-state.ts';
import { resourceBindings } from '@flotilla/works/resources';
import { StatusWriter } from './status-writer.ts';
import { aBinding, aDeployment, deployments } from '@flotilla/works/testing/objects';

/** A workload whose member reports two ready replicas; time is virtual. */
async function aWorld(template: KubeObject = aDeployment(2), resource = deployments) {
  const end = new AbortController();
  const store = await createObjectStore({ log: await createEmbeddedLog(), signal: end.signal });
  const put = async (target: typeof deployments, object: KubeObject): Promise<StoredObject> => {
    const { name = '', namespace = '' } = object.metadata;
    const result = await store.commit([{ resource: target, namespace, name, object }]);
    if (result.kind !== 'committed' || result.objects[0] === undefined) throw new Error('not stored');
    return result.objects[0];
  };
  await put(resource, template);
  const reported = { clusterName: 'member1', status: { readyReplicas: 2 }, applied: true, health: 'Healthy' };
  const binding = { ...aBinding({ member1: 2 }), status: { aggregatedStatus: [reported] } };
  const state = newBindingState('b', await put(resourceBindings, binding));
  const stored = (): KubeObject => store.get(resource, 'default', template.metadata.name ?? '')?.object ?? template;
  const writer = new StatusWriter({
    store,
    interpreter: createInterpreter(),
    stateOf: () => state,
    templateOf: () => store.get(resource, 'default', template.metadata.name ?? ''),
    isBusy: () => false,
    now: () => 0,
    onError: (error) => expect.unreachable(String(error)),
  });
  let templateWrites = 0;
  const subscription = store.subscribe({
    from: store.revision,
    onChanges(changes) {
      for (const { object, previous } of changes) {
        if (object.resource.resource !== resource.resource) continue;
        templateWrites++;
        writer.check(state, object.object, previous?.object);
      }
    },
  });
  return {
    writer,
    status: (): unknown => stored()['status'],
    writeStatus: (status: unknown) => put(resource, { ...stored(), status }),
    writes: (): number => templateWrites,
    stop: (): void => {
      writer.stop();
      if (subscription.kind === 'subscribed') subscription.unsubscribe();
      end.abort();
    },
  };
}

describe('StatusWriter', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  it('puts back what somebody else wrote, and takes its own write for nothing', async () => {
    const { writer, status, writeStatus, writes, stop } = await aWorld();
    writer.mark('b');
    await vi.advanceTimersByTimeAsync(100);
    expect(status()).toMatchObject({ readyReplicas: 2 });
    await writeStatus({ readyReplicas: 7 });
    await vi.advanceTimersByTimeAsync(100);
    expect(status()).toMatchObject({ readyReplicas: 2 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(writes()).toBe(3);
    expect(writer.depth).toBe(0);
    stop();
  });

  it('knows before its first own write what another one changed', async () => {
    const { status, writeStatus, stop } = await aWorld();
    await writeStatus({ readyReplicas: 7 });
    await vi.advanceTimersByTimeAsync(100);
    expect(status()).toMatchObject({ readyReplicas: 2 });
    stop();
  });

  it('puts back at most once a second what somebody keeps writing', async () => {
    const { status, writeStatus, stop } = await aWorld();
    let corrections = 0;
    for (let tenths = 0; tenths < 100; tenths++) {
      await writeStatus({ readyReplicas: 7 });
      await vi.advanceTimersByTimeAsync(100);
      if ((status() as { readyReplicas: number }).readyReplicas === 2) corrections++;
    }
    expect(corrections).toBeGreaterThanOrEqual(9);
    expect(corrections).toBeLessThanOrEqual(11);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(status()).toMatchObject({ readyReplicas: 2 });
    stop();
  });

  it('does not take a Job for finished because somebody says so', async () => {
    const jobs = { group: 'batch', resource: 'jobs' };
    const metadata = { name: 'once', namespace: 'default', uid: 'j1' };
    const { writer, status, writeStatus, stop } = await aWorld(
      { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: {} },
      jobs,
    );
    writer.mark('b');
    await vi.advanceTimersByTimeAsync(100);
    const before = status();
    await writeStatus({ conditions: [{ type: 'Complete', status: 'True' }] });
    await vi.advanceTimersByTimeAsync(100);
    expect(status() ?? {}).toEqual(before ?? {});
    stop();
  });
});
