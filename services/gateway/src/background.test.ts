import { randomUUID } from 'node:crypto';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { givenPartitions } from '@flotilla/lease/testing/given-partitions';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createBackground } from './background.ts';

const namespaces = { group: '', resource: 'namespaces' };

it('only the owner of the background loops runs them, and whoever gets them looks at everything', async () => {
  const end = new AbortController();
  const log = await createEmbeddedLog();
  const store = await createObjectStore({ log, signal: end.signal });
  const partitions = givenPartitions(1);
  const background = createBackground(
    {
      store,
      kinds: createKindRegistry(),
      now: Date.now,
      newUid: randomUUID,
      report: () => undefined,
      partitions,
      definedKinds: { start: () => undefined, stop: () => undefined, problemOf: () => undefined },
    },
    { hasDefaultServiceAccounts: false },
  );
  onTestFinished(async () => {
    background.stop();
    end.abort();
    await log.close();
  });
  const isThere = (name: string): boolean => store.get(namespaces, '', name) !== undefined;
  const putEnding = async (name: string): Promise<void> => {
    const metadata = { name, uid: name, deletionTimestamp: '2026-01-01T00:00:00Z' };
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata, spec: { finalizers: ['kubernetes'] } };
    await store.commit([{ resource: namespaces, namespace: '', name, object }]);
  };
  background.start();
  await putEnding('first');
  await background.idle();
  expect(isThere('first')).toBe(true);
  await partitions.give();
  await vi.waitFor(() => expect(isThere('first')).toBe(false));
  await partitions.take();
  await putEnding('second');
  await background.idle();
  expect(isThere('second')).toBe(true);
  await partitions.give();
  await vi.waitFor(() => expect(isThere('second')).toBe(false));
});
