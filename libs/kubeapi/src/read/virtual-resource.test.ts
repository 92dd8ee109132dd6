import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectChange, StoredObject } from '@flotilla/store/object-store';
import { startApi, type ApiUnderTest } from '../testing/api-under-test.ts';
import type { VirtualResource } from './object-source.ts';
import { createVirtualObject } from './virtual-object.ts';

const resource = { group: 'work.karmada.io', resource: 'works' };
const works = '/apis/work.karmada.io/v1alpha1/namespaces/default/works';

function work(name: string): object {
  return {
    apiVersion: 'work.karmada.io/v1alpha1',
    kind: 'Work',
    metadata: { name, namespace: 'default', uid: `uid-${name}` },
    spec: { workload: { manifests: [] } },
  };
}

describe('virtual resources', () => {
  let api: ApiUnderTest;
  const objects = new Map<string, StoredObject>();
  const listeners = new Set<(changes: readonly ObjectChange[], through: number) => void>();
  const put = (name: string, revision: number): void => {
    const object = createVirtualObject(resource, work(name) as StoredObject['object'], revision, 0);
    const previous = objects.get(name);
    objects.set(name, object);
    const change: ObjectChange = { type: previous === undefined ? 'ADDED' : 'MODIFIED', object, previous, headers: {} };
    for (const listener of listeners) listener([change], revision);
  };
  const provider: VirtualResource = {
    resource,
    get: (namespace, name) => (namespace === 'default' ? objects.get(name) : undefined),
    list: (namespace) => (namespace === undefined || namespace === 'default' ? [...objects.values()] : []),
    subscribe({ onChanges }) {
      listeners.add(onChanges);
      return { kind: 'subscribed', unsubscribe: () => listeners.delete(onChanges) };
    },
  };

  beforeAll(async () => {
    api = await startApi({ deps: { virtualResources: [provider] } });
    put('b-computed', 1);
    await api.create(works, work('a-stored'));
    await api.create(works, work('c-stored'));
  });
  afterAll(() => api.close());

  it('are listed and read beside stored objects', async () => {
    const list = await api.call('GET', works);
    const names = list.body.items.map((item: { metadata: { name: string } }) => item.metadata.name) as string[];
    expect(names).toEqual(['a-stored', 'b-computed', 'c-stored']);
    expect((await api.call('GET', `${works}/b-computed`)).body.metadata).toMatchObject({ resourceVersion: '1' });
  });

  it('are watched', async () => {
    const watch = await api.watch(`${works}?watch=1&resourceVersion=${api.store.revision}`);
    put('d-computed', api.store.revision + 1);
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'd-computed' } } });
    watch.close();
  });

  it('cannot be written or hidden by a stored one of the same name', async () => {
    const patched = await api.call('PATCH', `${works}/b-computed`, {
      body: { metadata: { labels: { a: 'b' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(patched).toMatchObject({ status: 403, body: { reason: 'Forbidden' } });
    expect((await api.call('DELETE', `${works}/b-computed`)).status).toBe(403);
    expect((await api.call('POST', works, { body: work('b-computed') })).status).toBe(409);
  });
});
