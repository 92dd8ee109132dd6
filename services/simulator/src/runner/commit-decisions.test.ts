import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectWrite } from '@flotilla/store/object-store';
import { describe, expect, it } from 'vitest';
import { creation } from '../model/object-write.ts';
import { configMaps } from '../model/resources.ts';
import { commitUnits, UnitBatch, type Unit } from './commit-decisions.ts';

const controller = { name: 'test', watches: [], open: () => () => ({ writes: [] }) };

function write(name: string): ObjectWrite {
  return creation(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } });
}

function unit(name: string, ...names: readonly string[]): Unit {
  return { controller, key: { namespace: 'default', name }, writes: names.map(write) };
}

describe('commitUnits', () => {
  it('commits all but the units that lost a race, whole', async () => {
    const end = new AbortController();
    const log = await createEmbeddedLog();
    const store = await createObjectStore({ log, signal: end.signal });
    await store.commit([write('b'), write('e')]);
    const lost = await commitUnits(store, [
      unit('one', 'a'),
      unit('two', 'b', 'c'),
      unit('three', 'd'),
      unit('four', 'e'),
    ]);
    expect(lost.map(({ key }) => key.name)).toEqual(['two', 'four']);
    expect(store.list(configMaps).map(({ name }) => name)).toEqual(['a', 'b', 'd', 'e']);
    end.abort();
    await log.close();
  });
});

describe('UnitBatch', () => {
  it('takes no second write of an object', () => {
    const batch = new UnitBatch();
    expect(batch.add(unit('one', 'a', 'b'))).toBe(true);
    expect(batch.add(unit('two', 'b'))).toBe(false);
    expect(batch.add(unit('three', 'c'))).toBe(true);
    expect(batch.writeCount).toBe(3);
  });
});
