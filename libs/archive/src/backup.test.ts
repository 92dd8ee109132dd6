import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import type { Append, Entry, EventLog } from '@flotilla/log/event-log';

import { BackupDamaged, BackupEncoder, type BackupManifest } from './backup-file.ts';
import {
  appendTarget,
  checkBackup,
  directoryTarget,
  restoreBackup,
  RestoreRefused,
  RevisionsWouldGoBack,
  type RestoreTarget,
} from './restore-backup.ts';
import { createArchiveWorld } from './testing/archive-world.ts';
import { append, liveState, put, subjectOf } from './testing/state-entries.ts';
import { archiveBackupSource, logBackupSource, writeBackup, type BackupSource } from './write-backup.ts';

const nowMs = 1_700_000_000_000;

async function bytesOf(source: BackupSource): Promise<Buffer> {
  const frames: Uint8Array[] = [];
  for await (const frame of writeBackup(source, nowMs)) frames.push(frame);
  return Buffer.concat(frames);
}

async function* inChunks(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.byteLength; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

interface Plain {
  readonly revision: number;
  readonly timeMs: number;
  readonly value: string;
  readonly headers: object;
}

function plainState(live: ReadonlyMap<string, Entry>): Record<string, Plain> {
  return Object.fromEntries(
    [...live].map(([subject, { revision, timeMs, value, headers }]) => [
      subject,
      { revision, timeMs, value: Buffer.from(value).toString('base64'), headers },
    ]),
  );
}

async function inDirectory<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'flotilla-backup-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function withLog<Result>(directory: string, work: (log: EventLog) => Promise<Result>): Promise<Result> {
  const log = await createEmbeddedLog({ directory, durability: 'none' });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

const writes = fc.array(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd.with%dots', 'é'),
    deleted: fc.boolean(),
    value: fc.uint8Array({ maxLength: 2_000 }),
    headers: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 5 }), { maxKeys: 2 }),
  }),
  { maxLength: 40 },
);

it('gives back the very state, revisions and all, and never gives out a revision again', async () => {
  await fc.assert(
    fc.asyncProperty(writes, fc.integer({ min: 1, max: 5_000 }), async (steps, chunkBytes) => {
      const log = await createEmbeddedLog({ now: () => nowMs });
      for (const { name, ...step } of steps) await append(log, { subject: subjectOf(name), ...step } satisfies Append);
      const state = plainState(await liveState(log));
      const head = await log.head();
      const backup = await bytesOf(logBackupSource(log));
      await log.close();
      await inDirectory(async (directory) => {
        const result = await restoreBackup(() => inChunks(backup, chunkBytes), directoryTarget(directory), {
          skipRevisions: 100,
        });
        expect(result).toMatchObject({ head: head + 100, trailer: { head, entries: Object.keys(state).length } });
        await withLog(directory, async (restored) => {
          expect(plainState(await liveState(restored))).toEqual(state);
          expect(await restored.head()).toBe(head + 100);
          expect(await append(restored, put('new'))).toBe(head + 101);
        });
        await withLog(directory, async (reopened) => {
          expect(plainState(await liveState(reopened))).toMatchObject(state);
        });
      });
    }),
    { numRuns: 40 },
  );
});

async function aBackup(): Promise<Buffer> {
  const log = await createEmbeddedLog({ now: () => nowMs });
  const large = { labels: { pad: 'x'.repeat(300_000) } };
  await append(log, ...Array.from({ length: 6 }, (_, index) => put(`large${index}`, large)));
  await append(log, ...Array.from({ length: 700 }, (_, index) => put(`small${index}`)));
  const backup = await bytesOf(logBackupSource(log));
  await log.close();
  return backup;
}

/** Where frames begin, by the lengths in their headers. */
function boundaries(backup: Buffer): readonly number[] {
  const offsets: number[] = [];
  for (let at = 0; at < backup.byteLength; at += 16 + backup.readUInt32LE(at + 8)) offsets.push(at);
  return offsets;
}

const untouchable: RestoreTarget = {
  isEmpty: () => Promise.resolve(true),
  restore: () => Promise.reject(new Error('a damaged backup must not get this far')),
};

it('is refused whole when it was cut anywhere', async () => {
  const backup = await aBackup();
  const offsets = boundaries(backup);
  expect(offsets.length).toBeGreaterThan(5);
  for (const offset of offsets) {
    for (const length of [offset, offset + 1, offset + 16, offset + 17]) {
      const torn = backup.subarray(0, length);
      await expect(
        restoreBackup(() => inChunks(torn), untouchable),
        `cut at ${length}`,
      ).rejects.toThrow(BackupDamaged);
    }
  }
  await expect(checkBackup(inChunks(backup))).resolves.toMatchObject({ trailer: { entries: 706, head: 706 } });
});

it('is refused whole when a byte changed in any frame', async () => {
  const backup = await aBackup();
  const ends = [...boundaries(backup).slice(1), backup.byteLength];
  for (const [index, start] of boundaries(backup).entries()) {
    const end = ends[index] ?? 0;
    for (const at of [
      start,
      start + 4,
      start + 8,
      start + 12,
      start + 16,
      Math.floor((start + 16 + end) / 2),
      end - 1,
    ]) {
      const changed = Buffer.from(backup);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x40, at);
      await expect(
        restoreBackup(() => inChunks(changed, 70_000), untouchable),
        `byte ${at}`,
      ).rejects.toThrow(BackupDamaged);
    }
  }
});

it('is refused whole when frames were left out, doubled or exchanged', async () => {
  const backup = await aBackup();
  const offsets = boundaries(backup);
  const frames = offsets.map((start, index) => backup.subarray(start, offsets[index + 1]));
  const [first = backup, second = backup, third = backup, ...rest] = frames;
  const variants = [
    [second, third, ...rest],
    [first, third, ...rest],
    [first, second, second, third, ...rest],
    [first, third, second, ...rest],
    [first, first, second, third, ...rest],
    [...frames, second],
    [...frames, ...frames],
  ];
  for (const variant of variants) {
    const changed = Buffer.concat(variant);
    await expect(restoreBackup(() => inChunks(changed, 70_000), untouchable)).rejects.toThrow(BackupDamaged);
  }
});

it.each([
  ['of a later version', { format: 'flotilla-backup', version: 2 }, '"flotilla-backup" version 2'],
  ['something else', { format: 'holiday-pictures', version: 1 }, '"holiday-pictures" version 1'],
])('is refused when it is %s', async (_, manifest, message) => {
  const encoder = new BackupEncoder();
  const frames = [encoder.manifest(manifest as BackupManifest), encoder.trailer(0)];
  await expect(checkBackup(inChunks(Buffer.concat(frames)))).rejects.toThrow(message);
});

it('is refused when it is no backup at all', async () => {
  await expect(checkBackup(inChunks(Buffer.from('only a text, but a long one')))).rejects.toThrow('there is no frame');
  await expect(checkBackup(inChunks(Buffer.alloc(0)))).rejects.toThrow('it ends too early');
});

it('does not replace a state unless forced', async () => {
  const backup = await aBackup();
  await inDirectory(async (directory) => {
    await withLog(directory, async (log) => {
      await append(log, put('precious'));
    });
    const target = directoryTarget(directory);
    await expect(restoreBackup(() => inChunks(backup), target)).rejects.toThrow(RestoreRefused);
    await withLog(directory, async (log) =>
      expect([...(await liveState(log)).keys()]).toEqual([subjectOf('precious')]),
    );
    await restoreBackup(() => inChunks(backup), target, { force: true });
    await withLog(directory, async (log) => expect((await liveState(log)).size).toBe(706));
  });
});

it('does not touch a log that is open', async () => {
  const backup = await aBackup();
  await inDirectory(async (directory) => {
    await withLog(directory, async () => {
      const restoring = restoreBackup(() => inChunks(backup), directoryTarget(directory), { force: true });
      await expect(restoring).rejects.toMatchObject({ name: 'DirectoryLocked' });
    });
  });
});

it('restores the log from the archive alone', async () => {
  await using world = await createArchiveWorld();
  await append(world.log, put('a'), put('b', { user: 'ada' }), put('c'));
  await append(world.log, put('b', { replicas: 2 }), put('c', { deleted: true }));
  await world.catchUp();
  const state = plainState(await liveState(world.log));
  const backup = await bytesOf(archiveBackupSource(world.archive));
  const earlier = await bytesOf(archiveBackupSource(world.archive, 3));
  await inDirectory(async (directory) => {
    const { head, manifest } = await restoreBackup(() => inChunks(backup), directoryTarget(directory));
    expect(head).toBe(1_000_005);
    expect(manifest).toEqual({ format: 'flotilla-backup', version: 1, createdMs: nowMs, source: 'archive' });
    await withLog(directory, async (log) => {
      expect(plainState(await liveState(log))).toEqual(state);
      await world.catchUp(log);
      expect(world.reports.at(-1)).toMatchObject({ kind: 'gap-recorded', inferredDeletions: 0, lostByLog: 0 });
      await append(log, put('after'));
      await world.catchUp(log);
      expect((await world.archive.objects.inventory({ limit: 10 })).items.map(({ name }) => name)).toEqual([
        'a',
        'after',
        'b',
      ]);
    });
  });
  await inDirectory(async (directory) => {
    await restoreBackup(() => inChunks(earlier), directoryTarget(directory));
    await withLog(directory, async (log) => expect((await liveState(log)).size).toBe(3));
  });
});

it('restores into any log that begins above the lost one', async () => {
  const backup = await aBackup();
  await inDirectory(async (directory) => {
    await withLog(directory, async (log) => {
      await append(log, put('stale'), put('small1', { replicas: 9 }));
      await expect(restoreBackup(() => inChunks(backup), appendTarget(log))).rejects.toThrow(RestoreRefused);
      const forced = restoreBackup(() => inChunks(backup), appendTarget(log), { force: true });
      await expect(forced).rejects.toThrow(RevisionsWouldGoBack);
      for (let round = 0; round < 4; round++) {
        await append(
          log,
          ...Array.from({ length: 200 }, (_, index) => ({ subject: `event.${index}`, value: new Uint8Array() })),
        );
      }
      await restoreBackup(() => inChunks(backup), appendTarget(log), { force: true, skipRevisions: 0 });
      const live = await liveState(log);
      expect(live.has(subjectOf('stale'))).toBe(false);
      expect(JSON.parse(String(live.get(subjectOf('small1'))?.value))).toMatchObject({ spec: { replicas: 1 } });
      expect([...live.keys()].filter((subject) => subject.startsWith('state.'))).toHaveLength(706);
    });
  });
});
