import { afterEach, describe, expect, it, vi } from 'vitest';

import { createEventRecorder } from './event-recorder.ts';
import type { EventRecorder, RecordedEvent } from './event-recorder.ts';
import { aConfigMap, aStore } from './store-fixture.ts';
import type { StoreFixture } from './store-fixture.ts';

const events = { group: '', resource: 'events' };

function anEvent(message: string, about = aConfigMap('a', '', { uid: 'u1' })): RecordedEvent {
  return { about, type: 'Warning', reason: 'TestFailed', message };
}

describe('createEventRecorder', () => {
  let fixture: StoreFixture | undefined;
  afterEach(() => fixture?.[Symbol.asyncDispose]());

  async function aWorld() {
    const { store } = (fixture = await aStore());
    const due: (() => void)[] = [];
    let nowMs = 0;
    let uids = 0;
    const begin = (component = 'one'): EventRecorder =>
      createEventRecorder({
        component,
        store,
        now: () => nowMs,
        newUid: () => `00000000-0000-4000-8000-${String(++uids).padStart(12, '0')}`,
        schedule(callback) {
          due.push(callback);
          return () => due.splice(due.indexOf(callback), 1);
        },
        onError: (error) => expect.unreachable(String(error)),
      });
    const stored = () => store.list(events).map(({ object }) => object);
    return { begin, stored, flush: () => due.shift()?.(), pass: (ms: number) => (nowMs += ms) };
  }

  it('writes an event about its object, and counts what is said again', async () => {
    const { begin, stored, flush, pass } = await aWorld();
    const recorder = begin();
    recorder.record(anEvent('no'));
    recorder.record(anEvent('no'));
    expect(stored()).toEqual([]);
    flush();
    await vi.waitFor(() => expect(stored()).toHaveLength(1));
    expect(stored()[0]).toMatchObject({
      metadata: { namespace: 'default' },
      involvedObject: { kind: 'ConfigMap', name: 'a', namespace: 'default', uid: 'u1' },
      type: 'Warning',
      reason: 'TestFailed',
      message: 'no',
      count: 2,
      source: { component: 'one' },
    });
    pass(5_000);
    recorder.record(anEvent('no'));
    flush();
    await vi.waitFor(() => expect(stored()).toMatchObject([{ count: 3, lastTimestamp: '1970-01-01T00:00:05Z' }]));
  });

  it('goes on counting after a restart, and keeps out of what other components say', async () => {
    const { begin, stored, flush } = await aWorld();
    const former = begin();
    former.record(anEvent('no'));
    flush();
    await vi.waitFor(() => expect(stored()).toHaveLength(1));
    former.stop();
    begin('one').record(anEvent('no'));
    flush();
    await vi.waitFor(() => expect(stored()).toMatchObject([{ count: 2 }]));
    begin('two').record(anEvent('no'));
    flush();
    await vi.waitFor(() => expect(stored()).toHaveLength(2));
  });

  it('removes what is older than an hour when it writes next', async () => {
    const { begin, stored, flush, pass } = await aWorld();
    const recorder = begin();
    recorder.record(anEvent('old'));
    flush();
    await vi.waitFor(() => expect(stored()).toHaveLength(1));
    pass(3_600_001);
    recorder.record(anEvent('new'));
    flush();
    await vi.waitFor(() => expect(stored()).toMatchObject([{ message: 'new' }]));
  });

  it('drops and counts what comes faster than it can be written', async () => {
    const recorder = (await aWorld()).begin();
    for (let index = 0; index < 510; index++) recorder.record(anEvent(`no ${index}`));
    expect(recorder.droppedTotal).toBe(10);
  });
});
