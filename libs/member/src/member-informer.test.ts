import { describe, expect, it, vi } from 'vitest';

import { MemberGone } from './member-client.ts';
import type { MemberClient } from './member-client.ts';
import { runMemberInformer } from './member-informer.ts';

function start(watch: MemberClient['watch']): { readonly lists: () => number; stop(): Promise<void> } {
  let lists = 0;
  const stop = new AbortController();
  const done = runMemberInformer(
    {
      client: {
        cluster: 'member1',
        request() {
          lists++;
          return Promise.resolve({ status: 200, body: '{"metadata":{"resourceVersion":"7"},"items":[]}' });
        },
        watch,
        close: () => Promise.resolve(),
      },
      onListed: () => undefined,
      onEvent: () => undefined,
      onListStarted: () => undefined,
      onListCompleted: () => undefined,
      onFailure: () => undefined,
      random: () => 0,
    },
    { path: '/api/v1/configmaps' },
    stop.signal,
  );
  return {
    lists: () => lists,
    async stop() {
      stop.abort();
      await done;
    },
  };
}

describe('runMemberInformer', () => {
  it('waits before it lists again when the member forgets every revision at once', async () => {
    let watches = 0;
    // eslint-disable-next-line require-yield
    const informer = start(async function* () {
      watches++;
      await Promise.resolve();
      if (watches < 50) throw new MemberGone('too old');
      await new Promise(() => undefined);
    });
    await vi.waitFor(() => expect(watches).toBeGreaterThan(0));
    // A round of the event loop is enough for a tight loop to come round many times.
    await new Promise((resolve) => setImmediate(resolve));
    expect([watches, informer.lists()]).toEqual([1, 1]);
    await informer.stop();
  });
});
