import { expect, it } from 'vitest';

import { createIndexer } from './indexer.ts';
import { startInformer } from './informer.ts';
import { aConfigMap, aStore, committed, configMaps, put } from './store-fixture.ts';

const labelled = (name: string, ...labels: readonly string[]) =>
  aConfigMap(name, '', { labels: Object.fromEntries(labels.map((label) => [label, ''])) });

it('follows objects as their keys come, change and go', async () => {
  await using fixture = await aStore();
  const { store } = fixture;
  await committed(store, put(labelled('b', 'x')));
  const index = createIndexer(store, {
    resource: configMaps,
    keysOf: ({ object }) => Object.keys(object.metadata.labels ?? {}),
  });
  const names = (key: string) => index.get(key).map(({ name, revision }) => `${name}@${revision}`);
  expect(names('x')).toStrictEqual(['b@1']);
  await committed(store, put(labelled('a', 'x', 'y')));
  expect(names('x')).toStrictEqual(['a@2', 'b@1']);
  await committed(store, put(labelled('b', 'y')));
  expect([names('x'), names('y')]).toStrictEqual([['a@2'], ['a@2', 'b@3']]);
  await committed(store, { ...put(labelled('a', 'x', 'y')), isDelete: true });
  expect([...index.keys()]).toStrictEqual(['y']);
  expect(index.count('y')).toBe(1);
  index.close();
  expect(names('y')).toStrictEqual([]);
});

it('informer: tells what is there, then what changes, until stopped', async () => {
  await using fixture = await aStore();
  const { store } = fixture;
  await committed(store, put(aConfigMap('a')));
  const seen: string[] = [];
  const informer = startInformer(store, {
    resources: [configMaps],
    onChange: ({ type, object }) => seen.push(`${type} ${object.name}`),
  });
  expect(seen).toStrictEqual(['ADDED a']);
  await committed(store, put(aConfigMap('b')));
  informer.stop();
  await committed(store, put(aConfigMap('c')));
  expect(seen).toStrictEqual(['ADDED a', 'ADDED b']);
});
