import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { expect, it, onTestFinished } from 'vitest';
import { createObjectStore } from './create-object-store.ts';
import { createOwnedStore, epochHeader, OwnershipLost } from './owned-store.ts';

const resource = { group: '', resource: 'configmaps' };
const write = (name: string) => ({
  resource,
  namespace: 'shop',
  name,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } },
});

it('an owned store writes under the epoch of what it owns, and nothing else', async () => {
  const end = new AbortController();
  const log = await createEmbeddedLog();
  onTestFinished(async () => {
    end.abort();
    await log.close();
  });
  const whole = await createObjectStore({ log, signal: end.signal });
  const store = createOwnedStore({
    store: whole,
    epochOf: (key) => (key === 'mine' ? 7 : undefined),
    keyOf: ([first]) => first?.name ?? '',
  });
  const headers: unknown[] = [];
  store.subscribe({ from: 0, onChanges: (changes) => headers.push(...changes.map((change) => change.headers)) });
  await store.commit([write('mine')], { writer: 'me' });
  await expect(store.commit([write('yours')])).rejects.toThrow(OwnershipLost);
  expect(store.list(resource).map(({ name }) => name)).toEqual(['mine']);
  expect(headers).toEqual([{ writer: 'me', [epochHeader]: '7' }]);
});
