/** What every archive must do, whatever keeps it: run by each adapter's test. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ArchiveUnavailable, documentsMax, type ArchiveStore } from './archive-store.ts';
import { createArchive, keptMsDefault } from './archive.ts';
import type { GapRecord } from './collections.ts';
import { sweepArchive } from './retention.ts';
import { createArchiveWorld, type ArchiveWorld } from './testing/archive-world.ts';
import { append, put, subjectOf } from './testing/state-entries.ts';

export interface ArchiveStoreContract {
  /** An empty store; whatever it needs is released by its `close`. */
  create(): Promise<ArchiveStore>;
  /** Milliseconds that one test may take (default vitest's). */
  readonly timeoutMs?: number;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const never = new AbortController().signal;

export function describeArchiveStore(name: string, contract: ArchiveStoreContract): void {
  const options = contract.timeoutMs === undefined ? {} : { timeout: contract.timeoutMs };
  describe(`archive on ${name}`, options, () => {
    let world: ArchiveWorld;
    beforeEach(async () => {
      world = await createArchiveWorld({ createStore: () => contract.create() });
    });
    afterEach(async () => {
      await world[Symbol.asyncDispose]();
    });

    describe('documents', () => {
      const gap = (id: string, throughRevision: number): GapRecord => ({
        _id: id,
        kind: 'expired',
        fromRevision: 1,
        throughRevision,
        fromMs: 1,
        throughMs: 2 ** 41,
        inferredDeletions: 0,
      });
      const idsOf = async (): Promise<readonly (string | number)[]> =>
        (await world.store.find('gaps', { sort: [['_id', 'ascending']], limit: 100 })).documents.map(({ _id }) => _id);

      it('are inserted once, whatever is inserted again beside new ones', async () => {
        await world.store.write([{ kind: 'insert', collection: 'gaps', documents: [gap('a', 1), gap('b', 2)] }]);
        await world.store.write([
          { kind: 'insert', collection: 'gaps', documents: [gap('a', 7), gap('c', 3), gap('b', 8), gap('d', 4)] },
        ]);
        const { documents } = await world.store.find('gaps', { sort: [['_id', 'ascending']], limit: 10 });
        expect(documents).toEqual([gap('a', 1), gap('b', 2), gap('c', 3), gap('d', 4)]);
      });

      it('are replaced only by newer ones where that is asked, and the others of the write are taken', async () => {
        await world.store.write([{ kind: 'put', collection: 'gaps', documents: [gap('a', 5), gap('b', 5)] }]);
        const documents = [gap('a', 4), gap('b', 6), gap('c', 1)];
        await world.store.write([{ kind: 'put', collection: 'gaps', documents, newerBy: 'throughRevision' }]);
        const found = await world.store.find('gaps', { sort: [['_id', 'ascending']], limit: 10 });
        expect(found.documents).toEqual([gap('a', 5), gap('b', 6), gap('c', 1)]);
        await world.store.write([{ kind: 'put', collection: 'gaps', documents: [gap('a', 1)] }]);
        expect((await world.store.find('gaps', { where: { _id: 'a' }, limit: 1 })).documents).toEqual([gap('a', 1)]);
      });

      it('are deleted by id, and steps are taken in order', async () => {
        await world.store.write([
          { kind: 'put', collection: 'gaps', documents: [gap('a', 1), gap('b', 1), gap('c', 1)] },
          { kind: 'delete', collection: 'gaps', ids: ['a', 'c', 'nothing'] },
          { kind: 'put', collection: 'gaps', documents: [gap('d', 1)] },
          { kind: 'delete', collection: 'gaps', ids: [] },
        ]);
        expect(await idsOf()).toEqual(['b', 'd']);
      });

      it('come in pages that say whether more is there', async () => {
        const documents = Array.from({ length: 25 }, (_, index) => gap(`g${String(index).padStart(2, '0')}`, index));
        await world.store.write([{ kind: 'insert', collection: 'gaps', documents }]);
        const first = await world.store.find('gaps', {
          where: { throughRevision: { gte: 5, lt: 20 } },
          sort: [['throughRevision', 'descending']],
          limit: 10,
        });
        expect(first.documents.map(({ throughRevision }) => throughRevision)).toEqual([
          19, 18, 17, 16, 15, 14, 13, 12, 11, 10,
        ]);
        expect(first.isComplete).toBe(false);
        const rest = await world.store.find('gaps', {
          where: { throughRevision: { gt: 4, lte: 9 } },
          sort: [['throughRevision', 'descending']],
          limit: 10,
        });
        expect(rest.documents).toHaveLength(5);
        expect(rest.isComplete).toBe(true);
      });

      it('come up to a number of bytes', async () => {
        await append(world.log, ...['a', 'b', 'c'].map((item) => put(item, { labels: { pad: 'x'.repeat(5_000) } })));
        await world.catchUp();
        const { documents, isComplete } = await world.store.find('revisions', {
          sort: [['revision', 'ascending']],
          limit: 10,
          bytesMax: 8_000,
        });
        expect(documents.map(({ name: object }) => object)).toEqual(['a', 'b']);
        expect(isComplete).toBe(false);
      });

      it.each([0, documentsMax + 1, 1.5])('refuse a limit of %s', async (limit) => {
        await expect(Promise.resolve().then(() => world.store.find('gaps', { limit }))).rejects.toThrow(RangeError);
      });

      it('are out of reach once closed', async () => {
        await world.store.close();
        const failure = await world.store.find('gaps', { limit: 1 }).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(ArchiveUnavailable);
        expect(failure).toMatchObject({ reason: 'Closed', mayPass: false });
        await world.store.close();
      });
    });

    describe('records', () => {
      it('hold everything that the entry said, byte for byte', async () => {
        const value = Uint8Array.from({ length: 256 }, (_, index) => index);
        const subject = subjectOf('binary');
        const headers = { 'flotilla-writer': 'tester/1', 'with.dot': '$x' };
        const revision = await append(world.log, { subject, value, headers });
        await world.catchUp();
        const { items } = await world.archive.objects.ofObject(subject, { limit: 10 });
        expect(items).toHaveLength(1);
        expect(Buffer.from(items[0]!.value)).toEqual(Buffer.from(value));
        expect(items[0]).toMatchObject({
          _id: revision,
          revision,
          logRevision: revision,
          subject,
          group: 'apps',
          resource: 'deployments',
          namespace: 'shop',
          name: 'binary',
          deleted: false,
          timeMs: world.clock.nowMs,
          headers,
          user: 'tester/1',
          door: '',
          origin: 'log',
          sha256: '40aff2e9d2d8922e47afd4648e6967497158785fbd1da870e7110266bf944880',
        });
      });

      it('say who, through which door and in which trace', async () => {
        await append(world.log, put('web', { user: 'ada' }));
        await world.catchUp();
        const { items } = await world.archive.objects.ofObject(subjectOf('web'), { limit: 1 });
        expect(items[0]).toMatchObject({ user: 'ada', door: 'kubernetes', traceId: 'ab'.repeat(16) });
      });

      it('tell which of them were one append', async () => {
        const first = await append(world.log, put('a'));
        const last = await append(world.log, put('b'), put('c'), put('d'));
        await world.catchUp();
        const { items } = await world.archive.objects.changes({ after: 0, through: last, limit: 10 });
        expect(items.map(({ appendId, appendIndex }) => [appendId, appendIndex])).toEqual([
          [first, 0],
          [last - 2, 0],
          [last - 2, 1],
          [last - 2, 2],
        ]);
      });

      it('bear being written again', async () => {
        await append(world.log, put('a'), put('b'));
        const last = await append(world.log, put('a', { replicas: 2 }));
        await world.catchUp();
        const before = await world.archive.objects.changes({ after: 0, through: last, limit: 10 });
        const objects = await world.archive.objects.inventory({ limit: 10 });
        await world.store.write([{ kind: 'delete', collection: 'cursors', ids: ['archiver'] }]);
        await world.catchUp();
        expect(await world.archive.objects.changes({ after: 0, through: last, limit: 10 })).toEqual(before);
        expect(await world.archive.objects.inventory({ limit: 10 })).toEqual(objects);
      });
    });

    describe('history', () => {
      it('of an object comes newest first, in pages', async () => {
        for (let replicas = 1; replicas <= 5; replicas++)
          await append(world.log, put('web', { replicas }), put('other'));
        await world.catchUp();
        const first = await world.archive.objects.ofObject(subjectOf('web'), { limit: 3 });
        const second = await world.archive.objects.ofObject(subjectOf('web'), { limit: 3, before: first.next! });
        expect([...first.items, ...second.items].map(({ revision }) => revision)).toEqual([9, 7, 5, 3, 1]);
        expect(second.next).toBeUndefined();
      });

      it('tells how an object was at a revision and at a time', async () => {
        const { objects } = world.archive;
        const made = await append(world.log, put('web', { replicas: 1 }));
        world.clock.nowMs += minuteMs;
        const changed = await append(world.log, put('web', { replicas: 2 }));
        world.clock.nowMs += minuteMs;
        const gone = await append(world.log, put('web', { deleted: true }));
        await world.catchUp();
        const subject = subjectOf('web');
        const at = async (revision: number): Promise<unknown> =>
          (await objects.at(subject, { revision })).record?.revision;
        expect(await at(made - 1)).toBeUndefined();
        expect(await at(made)).toBe(made);
        expect(await at(changed)).toBe(changed);
        expect(await at(gone + 100)).toBe(gone);
        const timeMs = world.clock.nowMs;
        expect((await objects.at(subject, { timeMs: timeMs - 1 })).record?.revision).toBe(changed);
        expect((await objects.at(subject, { timeMs })).record).toMatchObject({ revision: gone, deleted: true });
        expect((await objects.at(subject, { timeMs: 1 })).record).toBeUndefined();
      });

      it('lists a kind as it was at a revision, in pages', async () => {
        await append(world.log, ...['a', 'b', 'c', 'd'].map((item) => put(item, { replicas: 1 })));
        await append(world.log, put('x', { resource: 'statefulsets' }), put('b', { replicas: 2 }));
        const moment = await append(world.log, put('c', { deleted: true }));
        await append(world.log, put('e'), put('a', { replicas: 9 }));
        await append(world.log, put('d', { deleted: true }));
        await world.catchUp();
        const scope = { group: 'apps', resource: 'deployments' };
        const first = await world.archive.objects.listAt(scope, { revision: moment, limit: 2 });
        expect(first.items.map((item) => [item.name, item.revision])).toEqual([
          ['a', 1],
          ['b', 6],
        ]);
        const second = await world.archive.objects.listAt(scope, { revision: moment, limit: 2, after: first.next! });
        expect(second.items.map((item) => item.name)).toEqual(['d']);
        expect(second.next).toBeUndefined();
        const elsewhere = { ...scope, namespace: 'elsewhere' };
        expect((await world.archive.objects.listAt(elsewhere, { revision: moment, limit: 2 })).items).toEqual([]);
      });

      it('tells what changed between two revisions', async () => {
        const before = await append(world.log, put('a'));
        await append(world.log, put('b'), put('s', { resource: 'statefulsets' }), put('c', { namespace: 'elsewhere' }));
        const through = await append(world.log, put('a', { deleted: true }));
        await append(world.log, put('later'));
        await world.catchUp();
        const names = async (scope: object, limit = 10): Promise<readonly string[]> =>
          (await world.archive.objects.changes({ after: before, through, limit, ...scope })).items.map(
            (item) => item.name,
          );
        expect(await names({})).toEqual(['b', 's', 'c', 'a']);
        expect(await names({ resource: 'statefulsets' })).toEqual(['s']);
        expect(await names({ namespace: 'elsewhere' })).toEqual(['c']);
        const page = await world.archive.objects.changes({ after: before, through, limit: 3 });
        expect(await names({ after: page.next })).toEqual(['a']);
      });

      it('tells who changed what in a window of time', async () => {
        await append(world.log, put('a', { user: 'ada' }));
        world.clock.nowMs += minuteMs;
        const fromMs = world.clock.nowMs;
        await append(world.log, put('b', { user: 'ada' }), put('c', { user: 'bob' }));
        await append(world.log, put('d', { user: 'ada' }));
        const throughMs = world.clock.nowMs;
        world.clock.nowMs += minuteMs;
        await append(world.log, put('e', { user: 'ada' }));
        await world.catchUp();
        const { objects } = world.archive;
        const ofAda = await objects.byUser({ user: 'ada', fromMs, throughMs, limit: 10 });
        expect(ofAda.items.map((item) => item.name)).toEqual(['d', 'b']);
        expect(ofAda.items[0]?.value).toHaveLength(0);
        const first = await objects.byUser({ fromMs, throughMs, limit: 2 });
        const rest = await objects.byUser({ fromMs, throughMs, limit: 2, before: first.next! });
        expect([...first.items, ...rest.items].map((item) => item.name)).toEqual(['d', 'c', 'b']);
      });

      it("keeps a binding's reasons, once for each change of them", async () => {
        const binding = { group: 'work.karmada.io', resource: 'resourcebindings' };
        const withReasons = (reasons: string, replicas: number): Parameters<typeof put>[1] => ({
          ...binding,
          replicas,
          annotations: { 'scheduler.flotilla.io/decision': reasons },
        });
        await append(world.log, put('web', withReasons('{"why":1}', 1)));
        await append(world.log, put('web', withReasons('{"why":1}', 2)));
        await world.catchUp();
        await append(world.log, put('web', withReasons('{"why":1}', 3)));
        await append(world.log, put('web', withReasons('{"why":2}', 3)));
        await append(world.log, put('web', withReasons('{"why":1}', 3)));
        await world.catchUp();
        const { items } = await world.archive.objects.decisions(subjectOf('web', binding), { limit: 10 });
        expect(items.map(({ revision, reasons }) => [revision, reasons])).toEqual([
          [5, '{"why":1}'],
          [4, '{"why":2}'],
          [1, '{"why":1}'],
        ]);
      });

      it('has an inventory of what exists now', async () => {
        await append(
          world.log,
          put('a', { labels: { app: 'x' } }),
          put('b', { labels: { app: 'y', 'k8s.io/t': 'x' } }),
        );
        await append(world.log, put('c', { namespace: 'elsewhere', labels: { app: 'y' } }), put('gone'));
        await append(world.log, put('gone', { deleted: true }));
        await world.catchUp();
        const names = async (query: object): Promise<readonly string[]> =>
          (await world.archive.objects.inventory({ limit: 10, ...query })).items.map((item) => item.name);
        expect(await names({})).toEqual(['c', 'a', 'b']);
        expect(await names({ label: 'app=y' })).toEqual(['c', 'b']);
        expect(await names({ label: 'app=y', namespace: 'shop' })).toEqual(['b']);
        expect(await names({ label: 'k8s.io/t=x' })).toEqual(['b']);
        expect(await names({ name: 'a' })).toEqual(['a']);
        const page = await world.archive.objects.inventory({ limit: 2 });
        expect(await names({ after: page.next })).toEqual(['b']);
        expect(page.items[0]).toMatchObject({ apiVersion: 'apps/v1', kind: 'Deployment', uid: 'uid-c' });
      });
    });

    describe('delivery cursors', () => {
      it('move by compare-and-set', async () => {
        const { cursors } = world.archive;
        expect(await cursors.get('hook')).toBe(0);
        expect(await cursors.move('hook', 0, 5)).toEqual({ kind: 'moved' });
        expect(await cursors.move('hook', 0, 9)).toEqual({ kind: 'conflict', actual: 5 });
        expect(await cursors.move('hook', 4, 9)).toEqual({ kind: 'conflict', actual: 5 });
        expect(await cursors.move('other', 3, 9)).toEqual({ kind: 'conflict', actual: 0 });
        expect(await cursors.move('hook', 5, 5)).toEqual({ kind: 'moved' });
        expect(await cursors.move('hook', 5, 9)).toEqual({ kind: 'moved' });
        expect(await cursors.get('hook')).toBe(9);
      });

      it('let one of many win', async () => {
        const moves = await Promise.all(
          Array.from({ length: 5 }, (_, index) => world.archive.cursors.move('hook', 0, index + 1)),
        );
        expect(moves.filter(({ kind }) => kind === 'moved')).toHaveLength(1);
      });
    });

    describe('usage', () => {
      const target = { scope: 'node', cluster: 'c1', name: 'n1' } as const;

      it('answers a range in steps, each with count, sum, least and greatest', async () => {
        const startMs = 10 * minuteMs;
        const samples = [0, 20, 40, 70].map((second, index) => ({
          ...target,
          timeMs: startMs + second * 1000,
          values: { cpuMilli: 100 * (index + 1) },
        }));
        await world.archive.usage.add([...samples, { ...samples[0]!, name: 'n2' }]);
        await world.archive.usage.add(samples.slice(0, 2));
        const range = { ...target, fromMs: startMs, toMs: startMs + 5 * minuteMs, stepMs: minuteMs };
        expect(await world.archive.usage.range(range, startMs)).toEqual([
          { timeMs: startMs, metrics: { cpuMilli: { count: 3, sum: 600, min: 100, max: 300 } } },
          { timeMs: startMs + minuteMs, metrics: { cpuMilli: { count: 1, sum: 400, min: 400, max: 400 } } },
        ]);
      });

      it('folds samples into coarser tiers, and late ones again', async () => {
        const startMs = 60 * minuteMs;
        const sample = (minute: number, cpuMilli: number): Parameters<typeof world.archive.usage.add>[0][number] => ({
          ...target,
          timeMs: startMs + minute * minuteMs,
          values: { cpuMilli },
        });
        await world.archive.usage.add([sample(0, 100), sample(2, 300), sample(6, 500)]);
        await world.archive.usage.fold(startMs + 7 * minuteMs);
        await world.archive.usage.add([sample(4, 200), sample(8, 700)]);
        await world.archive.usage.fold(startMs + 9 * minuteMs);
        const tiers = async (collection: 'usage5m' | 'usage1h'): Promise<unknown> =>
          (await world.store.find(collection, { sort: [['timeMs', 'ascending']], limit: 10 })).documents.map(
            ({ timeMs, metrics }) => [
              (timeMs - startMs) / minuteMs,
              metrics['cpuMilli']?.count,
              metrics['cpuMilli']?.sum,
            ],
          );
        expect(await tiers('usage5m')).toEqual([
          [0, 3, 600],
          [5, 2, 1200],
        ]);
        expect(await tiers('usage1h')).toEqual([[0, 5, 1800]]);
        const range = { ...target, fromMs: startMs, toMs: startMs + 60 * minuteMs, stepMs: 60 * minuteMs };
        expect(await world.archive.usage.range(range, startMs + 30 * dayMs)).toEqual([
          { timeMs: startMs, metrics: { cpuMilli: { count: 5, sum: 1800, min: 100, max: 700 } } },
        ]);
      });
    });

    describe('retention', () => {
      it('keeps what was the state within the time kept, and the newest of each object', async () => {
        const archive = createArchive(
          { store: world.store, now: () => world.clock.nowMs },
          { ...keptMsDefault, revisions: dayMs },
        );
        await append(world.log, put('old'), put('changing', { replicas: 1 }), put('gone'), put('again'));
        await append(
          world.log,
          put('changing', { replicas: 2 }),
          put('gone', { deleted: true }),
          put('again', { deleted: true }),
        );
        world.clock.nowMs += 2 * dayMs;
        await append(world.log, put('changing', { replicas: 3 }), put('again'));
        await world.catchUp();
        const first = await sweepArchive(archive, world.clock.nowMs, never);
        expect(first.revisions).toBe(5);
        const { items } = await archive.objects.changes({ after: 0, through: 100, limit: 100 });
        expect(items.map((item) => [item.name, item.revision])).toEqual([
          ['old', 1],
          ['changing', 5],
          ['changing', 8],
          ['again', 9],
        ]);
        expect((await archive.objects.inventory({ limit: 10 })).items.map((item) => item.name)).toEqual([
          'again',
          'changing',
          'old',
        ]);
        expect((await sweepArchive(archive, world.clock.nowMs, never)).revisions).toBe(0);
      });

      it('drops old samples and decisions', async () => {
        const timeMs = world.clock.nowMs;
        const sample = { scope: 'cluster', cluster: 'c1', values: { cpuMilli: 1 } } as const;
        await world.archive.usage.add([
          { ...sample, timeMs },
          { ...sample, timeMs: timeMs + 2 * dayMs },
        ]);
        await sweepArchive(world.archive, timeMs + 3 * dayMs, never);
        const { documents } = await world.store.find('usageRaw', { limit: 10 });
        const isExpiring = (await world.store.expiring()).has('usageRaw');
        expect(documents).toHaveLength(isExpiring ? documents.length : 1);
      });
    });
  });
}
