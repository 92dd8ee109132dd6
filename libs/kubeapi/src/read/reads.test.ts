import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configMap, mergePatch, startApi, type ApiUnderTest } from '../testing/api-under-test.ts';

const all = '/api/v1/configmaps';
const inDefault = '/api/v1/namespaces/default/configmaps';
const watchList = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';

describe('lists', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
    for (let at = 0; at < 7; at += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await api.create(inDefault, configMap(`m${at}`, {}, { parity: at % 2 === 0 ? 'even' : 'odd' }));
    }
  });
  afterAll(() => api.close());

  const names = (answer: { body: { items: { metadata: { name: string } }[] } }) =>
    answer.body.items.map((one) => one.metadata.name);

  it('pages through one snapshot, whatever is written meanwhile', async () => {
    const first = await api.call('GET', `${inDefault}?limit=3`);
    expect(first.body.metadata.remainingItemCount).toBe(4);
    await api.create(inDefault, configMap('m3a'));
    await api.call('DELETE', `${inDefault}/m4`);
    const next = (token: string) => api.call('GET', `${inDefault}?limit=3&continue=${encodeURIComponent(token)}`);
    const second = await next(first.body.metadata.continue as string);
    const third = await next(second.body.metadata.continue as string);
    expect([...names(first), ...names(second), ...names(third)]).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5', 'm6']);
    expect(third.body.metadata.continue).toBeUndefined();
    expect(new Set([first, second, third].map(({ body }) => body.metadata.resourceVersion)).size).toBe(1);
    await api.create(inDefault, configMap('m4', {}, { parity: 'even' }));
    await api.call('DELETE', `${inDefault}/m3a`);
  });

  it('answers 410 for a snapshot that is gone, with a token to go on from', async () => {
    const first = await api.call('GET', `${inDefault}?limit=3`);
    api.clock.nowMs += 3_600_000;
    await api.call('GET', `${inDefault}?limit=1`);
    const path = (token: string) => `${inDefault}?limit=3&continue=${encodeURIComponent(token)}`;
    const late = await api.call('GET', path(first.body.metadata.continue as string));
    expect(late).toMatchObject({ status: 410, body: { reason: 'Expired' } });
    const rest = await api.call('GET', path(late.body.metadata.continue as string));
    expect(names(rest)).toEqual(['m3', 'm4', 'm5']);
  });

  it('selects by labels and fields', async () => {
    expect(names(await api.call('GET', `${all}?labelSelector=parity%3Dodd`))).toEqual(['m1', 'm3', 'm5']);
    expect(names(await api.call('GET', `${inDefault}?fieldSelector=metadata.name%3Dm2`))).toEqual(['m2']);
    const bad = await api.call('GET', `${inDefault}?fieldSelector=spec.x%3D1`);
    expect(bad).toMatchObject({ status: 400, body: { reason: 'BadRequest' } });
  });

  it('shows the list as it was at an earlier revision', async () => {
    const before = await api.call('GET', inDefault);
    await api.create(inDefault, configMap('later'));
    await api.call('PATCH', `${inDefault}/m0`, { body: { data: { changed: 'yes' } }, headers: mergePatch });
    await api.call('DELETE', `${inDefault}/m1`);
    const version = before.body.metadata.resourceVersion as string;
    const exact = await api.call('GET', `${inDefault}?resourceVersion=${version}&resourceVersionMatch=Exact`);
    expect(exact.body).toEqual(before.body);
  });

  it('waits for a revision from the future, then gives up', async () => {
    const answer = await api.call('GET', `${inDefault}?resourceVersion=999999999`);
    expect(answer).toMatchObject({
      status: 504,
      body: { reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    });
  }, 10_000);

  it('makes Tables and partial metadata', async () => {
    const table = await api.call('GET', inDefault, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
    });
    expect(table.body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(table.body.rows[0].cells[0]).toBe('later');
    const partial = await api.call('GET', inDefault, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
    });
    expect(partial.body.kind).toBe('PartialObjectMetadataList');
    expect(Object.keys(partial.body.items[0] as object)).toEqual(['kind', 'apiVersion', 'metadata']);
  });

  it('streams lists that are larger than a chunk', async () => {
    const big = 'x'.repeat(200_000);
    await Promise.all(
      Array.from({ length: 6 }, (_, at) =>
        api.create('/api/v1/namespaces/kube-public/configmaps', configMap(`big${at}`, { big })),
      ),
    );
    const answer = await api.call('GET', '/api/v1/namespaces/kube-public/configmaps');
    expect(answer.body.items).toHaveLength(6);
    expect(answer.body.items[5].data.big).toBe(big);
  });
});

describe('watches', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({ historyMaxEntries: 50, limits: { watchBufferEvents: 20 } });
  });
  afterAll(() => api.close());

  it('tells every change after a revision, in order, with the last state of what was deleted', async () => {
    const { metadata } = await api.create(inDefault, configMap('w1', { a: '1' }));
    await api.call('PATCH', `${inDefault}/w1`, { body: { data: { a: '2' } }, headers: mergePatch });
    const watch = await api.watch(`${inDefault}?watch=1&resourceVersion=${metadata.resourceVersion}`);
    expect(await watch.next()).toMatchObject({ type: 'MODIFIED', object: { data: { a: '2' } } });
    await api.call('DELETE', `${inDefault}/w1`);
    const last = await watch.next();
    expect(last).toMatchObject({ type: 'DELETED', object: { data: { a: '2' } } });
    expect(Number(last.object.metadata.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion) + 1);
    watch.close();
  });

  it('begins with what is there when no revision is given', async () => {
    await api.create('/api/v1/namespaces/kube-public/configmaps', configMap('w2'));
    const watch = await api.watch('/api/v1/namespaces/kube-public/configmaps?watch=true');
    expect(await watch.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'w2' } } });
    watch.close();
  });

  it('marks the end of the initial events of a streaming list', async () => {
    const watch = await api.watch(`/api/v1/namespaces/kube-public/configmaps?${watchList}`);
    expect(await watch.next()).toMatchObject({ type: 'ADDED' });
    const end = await watch.next();
    expect(end).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    });
    expect(Number(end.object.metadata.resourceVersion)).toBe(api.store.revision);
    watch.close();
  });

  it('shows objects that enter and leave a selection as added and deleted', async () => {
    const watch = await api.watch(`${inDefault}?watch=1&labelSelector=on%3Dyes&resourceVersion=${api.store.revision}`);
    await api.create(inDefault, configMap('w3', { n: '0' }));
    const label = (value: string | null) =>
      api.call('PATCH', `${inDefault}/w3`, { body: { metadata: { labels: { on: value } } }, headers: mergePatch });
    await label('yes');
    await api.call('PATCH', `${inDefault}/w3`, { body: { data: { n: '1' } }, headers: mergePatch });
    const left = await label(null);
    expect((await watch.next()).type).toBe('ADDED');
    expect((await watch.next()).type).toBe('MODIFIED');
    const gone = await watch.next();
    expect(gone).toMatchObject({ type: 'DELETED', object: { data: { n: '1' }, metadata: { labels: { on: 'yes' } } } });
    expect(gone.object.metadata.resourceVersion).toBe(left.body.metadata.resourceVersion);
    watch.close();
  });

  it('keeps idle watches fresh with bookmarks', async () => {
    const watch = await api.watch(
      `${inDefault}?watch=1&allowWatchBookmarks=true&resourceVersion=${api.store.revision}`,
    );
    await api.create('/api/v1/namespaces/kube-public/configmaps', configMap('elsewhere'));
    let event = await watch.next();
    while (event.object.metadata.resourceVersion !== String(api.store.revision)) {
      expect(event.type).toBe('BOOKMARK');
      // oxlint-disable-next-line no-await-in-loop
      event = await watch.next();
    }
    watch.close();
  });

  it('ends a watch from before the history with 410', async () => {
    for (let at = 0; at < 60; at += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await api.call('PATCH', `${inDefault}/w3`, { body: { data: { n: String(at + 10) } }, headers: mergePatch });
    }
    const watch = await api.watch(`${inDefault}?watch=1&resourceVersion=1`);
    expect(await watch.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await watch.next()).toBeUndefined();
  });

  it('ends after timeoutSeconds', async () => {
    const watch = await api.watch(`${inDefault}?watch=1&timeoutSeconds=1&resourceVersion=${api.store.revision}`);
    expect(await watch.next()).toBeUndefined();
  });

  it('sends Tables, the columns once', async () => {
    const watch = await api.watch(`${inDefault}?watch=1`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    await api.create(inDefault, configMap('tabled'));
    const first = await watch.next();
    expect(first.object.columnDefinitions).not.toBeNull();
    expect((await watch.next()).object).toMatchObject({ kind: 'Table', columnDefinitions: null });
    watch.close();
  });

  it('refuses combinations that mean nothing', async () => {
    expect((await api.call('GET', `${inDefault}?watch=1&sendInitialEvents=true`)).status).toBe(422);
    expect((await api.call('GET', `${inDefault}?watch=1&resourceVersionMatch=NotOlderThan`)).status).toBe(422);
  });
});
