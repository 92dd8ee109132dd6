import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMap, startApi, type ApiUnderTest } from '../testing/api-under-test.ts';
import { createNamespaceController } from './namespace-controller.ts';

const namespaces = '/api/v1/namespaces';

describe('namespaces', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({ controllers: [createNamespaceController] });
  });
  afterAll(() => api.close());

  const createNamespace = (name: string) =>
    api.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

  it('are emptied and then go', async () => {
    await createNamespace('full');
    await Promise.all(
      Array.from({ length: 30 }, (_, at) => api.create(`${namespaces}/full/configmaps`, configMap(`c${at}`))),
    );
    const answer = await api.call('DELETE', `${namespaces}/full`);
    expect(answer.body).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
    await api.idle();
    expect((await api.call('GET', `${namespaces}/full`)).status).toBe(404);
    expect(api.store.list({ group: '', resource: 'configmaps' }, 'full')).toHaveLength(0);
  });

  it('wait for what has finalizers, and take nothing new meanwhile', async () => {
    await createNamespace('held');
    const path = `${namespaces}/held/configmaps`;
    await api.create(path, { ...configMap('f'), metadata: { name: 'f', finalizers: ['example.com/hold'] } });
    await api.call('DELETE', `${namespaces}/held`);
    await api.idle();
    const refused = await api.call('POST', path, { body: configMap('late') });
    expect(refused).toMatchObject({
      status: 403,
      body: {
        message:
          'configmaps "late" is forbidden: unable to create new content in namespace held because it is being terminated',
        details: { causes: [{ reason: 'NamespaceTerminating' }] },
      },
    });
    await api.call('PATCH', `${path}/f`, {
      body: { metadata: { finalizers: null } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await api.idle();
    expect((await api.call('GET', `${namespaces}/held`)).status).toBe(404);
  });

  it('must exist before anything is put into them', async () => {
    const answer = await api.call('POST', `${namespaces}/nowhere/configmaps`, { body: configMap('a') });
    expect(answer).toMatchObject({ status: 404, body: { message: 'namespaces "nowhere" not found' } });
  });

  it('clears what slipped into a namespace that is gone', async () => {
    await api.store.commit([
      {
        resource: { group: '', resource: 'configmaps' },
        namespace: 'vanished',
        name: 'stray',
        object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'stray', namespace: 'vanished', uid: 'u' } },
      },
    ]);
    await api.idle();
    expect(api.store.get({ group: '', resource: 'configmaps' }, 'vanished', 'stray')).toBeUndefined();
  });

  it('of the system stay', async () => {
    const answer = await api.call('DELETE', `${namespaces}/default`);
    expect(answer).toMatchObject({
      status: 403,
      body: { message: 'namespaces "default" is forbidden: this namespace may not be deleted' },
    });
  });
});
