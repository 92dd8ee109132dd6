import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { HistoryExpired, type EntryBatch, type EventLog, type ReadOptions } from '@flotilla/log/event-log';
import { describe, expect, it } from 'vitest';

import { createObjectStore } from './create-object-store.ts';
import type { ObjectChange } from './object-store.ts';
import { aConfigMap, aStore, committed, configMaps, deployments, put } from './store-fixture.ts';

const aDeployment = (name: string) => ({ ...aConfigMap(name), apiVersion: 'apps/v1', kind: 'Deployment' });
const ignore = (): void => undefined;
const namesOf = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join('');
const brief = ({ type, object, previous }: ObjectChange): string =>
  `${type} ${object.name}@${object.revision}${previous === undefined ? '' : ` was ${previous.revision}`}`;

describe('commit', () => {
  it('is visible to reads once resolved, with the revision as resourceVersion', async () => {
    await using fixture = await aStore();
    const { store } = fixture;
    const object = await committed(store, put(aConfigMap('a', 'x', { resourceVersion: 'stale' })));
    expect(store.get(configMaps, 'default', 'a')).toBe(object);
    expect(object.object.metadata.resourceVersion).toBe('1');
    expect(store.revision).toBe(1);
    expect(store.count(configMaps)).toBe(1);
  });

  it('never changes the object that it was given, nor one that shares parts with it', async () => {
    await using fixture = await aStore();
    const given = Object.freeze({ ...aConfigMap('a'), metadata: Object.freeze({ name: 'a', namespace: 'default' }) });
    const first = await committed(fixture.store, put(given));
    const second = await committed(fixture.store, put({ ...first.object, data: { text: 'new' } }));
    expect(given.metadata).toStrictEqual({ name: 'a', namespace: 'default' });
    expect(first.object.metadata.resourceVersion).toBe('1');
    expect(second.object.metadata.resourceVersion).toBe('2');
  });

  it('returns which write lost a race, and stores nothing of the commit', async () => {
    await using fixture = await aStore();
    const { store } = fixture;
    await committed(store, put(aConfigMap('a'), 0));
    const lost = put(aConfigMap('a', 'again'), 0);
    const result = await store.commit([put(aConfigMap('b'), 0), lost]);
    expect(result).toStrictEqual({ kind: 'conflict', write: lost, actual: 1 });
    expect(store.list(configMaps).map(({ name }) => name)).toStrictEqual(['a']);
  });

  it('writes several objects at once, deletions among them', async () => {
    await using fixture = await aStore();
    const { store } = fixture;
    const first = await committed(store, put(aConfigMap('a')));
    await committed(store, put(aDeployment('b'), 0), { ...put(first.object, 1), isDelete: true });
    expect(store.get(configMaps, 'default', 'a')).toBeUndefined();
    expect(store.get(deployments, 'default', 'b')?.revision).toBe(2);
    expect(store.revision).toBe(3);
  });

  it('does not parse what it wrote, and does not serialise again what it deletes', async () => {
    await using fixture = await aStore();
    const { store, log } = fixture;
    const other = await createObjectStore({ log, signal: fixture.stop.signal });
    const object = await committed(store, put(aConfigMap('a', 'x')));
    await other.waitFor(1);
    expect(other.get(configMaps, 'default', 'a')).toBe(object);
    const deleted = await committed(store, { ...put(object.object), isDelete: true });
    expect(deleted.bytes).toBe(object.bytes);
    expect(deleted.revision).toBe(2);
  });

  it('may write resources that it does not cache', async () => {
    await using fixture = await aStore({ resources: [configMaps] });
    const object = await committed(fixture.store, put(aDeployment('a')));
    expect(object).toMatchObject({ revision: 1, name: 'a', object: { metadata: { resourceVersion: '1' } } });
    expect(fixture.store.get(deployments, 'default', 'a')).toBeUndefined();
  });
});

describe('lists', () => {
  it('are ordered by namespace and name, and never change once given out', async () => {
    await using fixture = await aStore();
    const { store } = fixture;
    for (const name of ['c', 'a', 'b']) await committed(store, put(aConfigMap(name)));
    await committed(store, put(aConfigMap('z', '', { namespace: 'a' })));
    const before = store.list(configMaps);
    await committed(store, put(aConfigMap('b', 'new')));
    await committed(store, { ...put(aConfigMap('a')), isDelete: true });
    await committed(store, put(aConfigMap('bb')));
    expect(namesOf(before)).toBe('zabc');
    expect(namesOf(store.list(configMaps))).toBe('zbbbc');
    expect(namesOf(store.list(configMaps, 'default'))).toBe('bbbc');
    expect(store.list(configMaps, 'default')[0]?.revision).toBe(5);
    expect(store.list(configMaps)).toBe(store.list(configMaps));
    expect(store.list(configMaps, 'none')).toStrictEqual([]);
    expect(store.list(deployments)).toStrictEqual([]);
  });
});

describe('subscriptions', () => {
  it('get the changes of a commit at once, with what was before, after the cache took them', async () => {
    await using fixture = await aStore();
    const { store } = fixture;
    const seen: string[] = [];
    store.subscribe({
      from: store.revision,
      onChanges: (changes, through) => {
        seen.push(`${changes.map(brief).join(', ')} through ${through}`);
        expect(store.revision).toBe(through);
      },
    });
    await committed(store, put(aConfigMap('a')), put(aConfigMap('b')));
    await committed(store, put(aConfigMap('a', 'new')));
    await committed(store, { ...put(aConfigMap('a', 'new')), isDelete: true });
    expect(seen).toStrictEqual([
      'ADDED a@1, ADDED b@2 through 2',
      'MODIFIED a@3 was 1 through 3',
      'DELETED a@4 was 3 through 4',
    ]);
  });

  it('resume from any revision in the window, in order, none twice', async () => {
    await using fixture = await aStore();
    const { store } = fixture;
    for (let index = 0; index < 10; index++) await committed(store, put(aConfigMap('a', `${index}`)));
    const seen: number[] = [];
    store.subscribe({ from: 4, onChanges: (changes) => seen.push(...changes.map(({ object }) => object.revision)) });
    expect(seen).toStrictEqual([]);
    await committed(store, put(aConfigMap('a', 'live')));
    expect(seen).toStrictEqual([5, 6, 7, 8, 9, 10, 11]);
  });

  it('take only the resources asked for, until unsubscribed', async () => {
    await using fixture = await aStore();
    const { store } = fixture;
    const seen: string[] = [];
    const subscribe = (tag: string, resources: readonly (typeof configMaps)[]) =>
      store.subscribe({
        resources,
        from: store.revision,
        onChanges: (changes) => seen.push(...changes.map(({ object }) => tag + object.name)),
      });
    const one = subscribe('one-', [configMaps]);
    subscribe('both-', [configMaps, deployments]);
    await committed(store, put(aConfigMap('a')), put(aDeployment('b')));
    if (one.kind === 'subscribed') one.unsubscribe();
    await committed(store, put(aConfigMap('c')));
    expect(seen).toStrictEqual(['one-a', 'both-a', 'both-b', 'both-c']);
  });

  it('expire when the window begins later', async () => {
    await using fixture = await aStore({ historyWindow: { maxChanges: 3, maxBytes: 1_000_000 } });
    const { store } = fixture;
    for (let index = 0; index < 10; index++) await committed(store, put(aConfigMap('a', `${index}`)));
    expect(store.subscribe({ from: 6, onChanges: ignore })).toStrictEqual({ kind: 'expired', oldest: 7 });
    expect(store.subscribe({ from: 7, onChanges: ignore })).toMatchObject({ kind: 'subscribed' });
  });

  it('keep the window within its bytes', async () => {
    await using fixture = await aStore({ historyWindow: { maxChanges: 1_000, maxBytes: 5_000 } });
    const { store } = fixture;
    for (let index = 0; index < 20; index++) await committed(store, put(aConfigMap('a', 'x'.repeat(1_000))));
    const expired = store.subscribe({ from: 0, onChanges: ignore });
    expect(expired).toStrictEqual({ kind: 'expired', oldest: 17 });
  });
});

describe('a store opened on an existing log', () => {
  it('has the state, and the changes that the log retains, exactly as they were', async () => {
    await using fixture = await aStore();
    const first = fixture.store;
    const original: string[] = [];
    first.subscribe({ from: 0, onChanges: (changes) => original.push(...changes.map(brief)) });
    await committed(first, put(aConfigMap('a')), put(aConfigMap('b')));
    await committed(first, put(aConfigMap('a', 'new')));
    await committed(first, { ...put(aConfigMap('b')), isDelete: true });
    await committed(first, put(aConfigMap('b', 'reborn')));
    const second = await createObjectStore({ log: fixture.log, signal: fixture.stop.signal });
    const replayed: string[] = [];
    second.subscribe({ from: 0, onChanges: (changes) => replayed.push(...changes.map(brief)) });
    await committed(second, put(aConfigMap('c')));
    expect(replayed).toStrictEqual(original);
    expect(second.list(configMaps).map(({ object }) => object)).toStrictEqual(
      first.list(configMaps).map(({ object }) => object),
    );
  });

  it('begins its window where the history of the log begins', async () => {
    await using fixture = await aStore({ logOptions: { historyMaxEntries: 4 } });
    for (let index = 0; index < 10; index++) await committed(fixture.store, put(aConfigMap('a', `${index}`)));
    const second = await createObjectStore({ log: fixture.log, signal: fixture.stop.signal });
    const oldest = await fixture.log.firstReadable();
    expect(oldest).toBe(6);
    expect(second.subscribe({ from: 5, onChanges: ignore })).toStrictEqual({ kind: 'expired', oldest });
    const seen: string[] = [];
    second.subscribe({ from: 6, onChanges: (changes) => seen.push(...changes.map(brief)) });
    await committed(second, put(aConfigMap('b')));
    expect(seen).toStrictEqual([
      'MODIFIED a@7 was 6',
      'MODIFIED a@8 was 7',
      'MODIFIED a@9 was 8',
      'MODIFIED a@10 was 9',
      'ADDED b@11',
    ]);
  });

  it('takes the state anew and tells the difference when it fell out of the history', async () => {
    const log = await createEmbeddedLog();
    const forgetful = forgetfulLog(log);
    const stop = new AbortController();
    const store = await createObjectStore({ log: forgetful.log, signal: stop.signal });
    await committed(store, put(aConfigMap('a')), put(aConfigMap('gone')), put(aConfigMap('same')));
    const seen: string[] = [];
    store.subscribe({ from: store.revision, onChanges: (changes) => seen.push(...changes.map(brief)) });
    forgetful.loseNextBatch();
    const result = await store.commit([
      put(aConfigMap('a', 'new')),
      { ...put(aConfigMap('gone')), isDelete: true },
      put(aConfigMap('b')),
    ]);
    expect(result.kind).toBe('committed');
    expect(store.list(configMaps).map(({ name }) => name)).toStrictEqual(['a', 'b', 'same']);
    expect(seen).toStrictEqual(['MODIFIED a@4 was 1', 'ADDED b@6', 'DELETED gone@6 was 2']);
    expect(store.subscribe({ from: 5, onChanges: ignore })).toStrictEqual({ kind: 'expired', oldest: 6 });
    await committed(store, put(aConfigMap('c')));
    expect(seen.at(-1)).toBe('ADDED c@7');
    stop.abort();
    await log.close();
  });
});

/** A log whose reads can be made to miss a batch, as if it had left the history before it was read. */
function forgetfulLog(log: EventLog): { readonly log: EventLog; loseNextBatch(): void } {
  let loses = false;
  async function* read(options: ReadOptions): AsyncGenerator<EntryBatch> {
    for await (const batch of log.read(options)) {
      if (loses) {
        loses = false;
        throw new HistoryExpired(batch.through);
      }
      yield batch;
    }
  }
  return {
    log: {
      append: (entries) => log.append(entries),
      read,
      latest: (subjects) => log.latest(subjects),
      head: () => log.head(),
      firstReadable: () => log.firstReadable(),
      close: () => log.close(),
    },
    loseNextBatch: () => {
      loses = true;
    },
  };
}

describe('waiting for a revision', () => {
  it('resolves when it is reached, and rejects with the reason of either signal', async () => {
    await using fixture = await aStore();
    const { store, stop } = fixture;
    const reached = store.waitFor(1);
    await committed(store, put(aConfigMap('a')));
    await reached;
    const own = new AbortController();
    const waiting = store.waitFor(99, own.signal);
    const other = store.waitFor(99);
    own.abort(new Error('mine'));
    await expect(waiting).rejects.toThrow('mine');
    stop.abort(new Error('the end'));
    await expect(other).rejects.toThrow('the end');
    await expect(store.waitFor(99)).rejects.toThrow('the end');
  });
});
