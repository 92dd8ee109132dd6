import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { configMap, startApi, type ApiUnderTest } from '../testing/api-under-test.ts';
import { createGarbageCollector } from './garbage-collector.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('garbage collection', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({ controllers: [createGarbageCollector] });
  });
  afterAll(() => api.close());

  function owned(name: string, ...owners: readonly KubeObject[]): object {
    const ownerReferences = owners.map(({ metadata }) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: metadata.name,
      uid: metadata.uid,
      blockOwnerDeletion: true,
    }));
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ownerReferences } };
  }
  const status = async (name: string): Promise<number> => (await api.call('GET', `${configMaps}/${name}`)).status;

  it('deletes dependents, and theirs, after their owner', async () => {
    const owner = await api.create(configMaps, configMap('b-owner'));
    const child = await api.create(configMaps, owned('b-child', owner));
    await api.create(configMaps, owned('b-grandchild', child));
    await api.call('DELETE', `${configMaps}/b-owner`);
    await api.idle();
    expect([await status('b-owner'), await status('b-child'), await status('b-grandchild')]).toEqual([404, 404, 404]);
  });

  it('keeps what another owner still holds', async () => {
    const one = await api.create(configMaps, configMap('k-one'));
    const two = await api.create(configMaps, configMap('k-two'));
    await api.create(configMaps, owned('k-child', one, two));
    await api.call('DELETE', `${configMaps}/k-one`);
    await api.idle();
    expect(await status('k-child')).toBe(200);
    await api.call('DELETE', `${configMaps}/k-two`);
    await api.idle();
    expect(await status('k-child')).toBe(404);
  });

  it('deletes dependents first in the foreground', async () => {
    const owner = await api.create(configMaps, configMap('f-owner'));
    await api.create(configMaps, {
      ...owned('f-child', owner),
      metadata: { ...(owned('f-child', owner) as KubeObject).metadata, finalizers: ['example.com/hold'] },
    });
    const marked = await api.call('DELETE', `${configMaps}/f-owner?propagationPolicy=Foreground`);
    expect(marked.body.metadata.finalizers).toEqual(['foregroundDeletion']);
    await api.idle();
    expect((await api.call('GET', `${configMaps}/f-child`)).body.metadata.deletionTimestamp).toBeDefined();
    expect(await status('f-owner')).toBe(200);
    await api.call('PATCH', `${configMaps}/f-child`, {
      body: { metadata: { finalizers: null } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await api.idle();
    expect([await status('f-owner'), await status('f-child')]).toEqual([404, 404]);
  });

  it('lets dependents go when told to orphan them', async () => {
    const owner = await api.create(configMaps, configMap('o-owner'));
    await api.create(configMaps, owned('o-child', owner));
    await api.call('DELETE', `${configMaps}/o-owner?propagationPolicy=Orphan`);
    await api.idle();
    expect(await status('o-owner')).toBe(404);
    const child = await api.call('GET', `${configMaps}/o-child`);
    expect(child.body.metadata.ownerReferences).toBeUndefined();
  });

  it('collects what names an owner that was never there, and leaves unknown kinds alone', async () => {
    const ghost = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ghost', uid: 'none' } };
    await api.create(configMaps, owned('g-child', ghost));
    const foreign = { apiVersion: 'example.com/v1', kind: 'Thing', name: 't', uid: 'x' };
    await api.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'g-foreign', ownerReferences: [foreign] },
    });
    await api.idle();
    expect([await status('g-child'), await status('g-foreign')]).toEqual([404, 200]);
  });
});
