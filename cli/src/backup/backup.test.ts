import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createArchive } from '@flotilla/archive/archive';
import { createArchiver } from '@flotilla/archive/archiver';
import { createEmbeddedStore } from '@flotilla/archive/embedded-store';
import { append, liveState, put, subjectOf } from '@flotilla/archive/testing/state-entries';
import { createEmbeddedLog, type EmbeddedLog } from '@flotilla/log/embedded-log';
import { temporaryDirectory } from '@flotilla/log/temporary-directory';
import { describe, expect, it } from 'vitest';

import { runCli, type Run } from '../testing/test-terminal.ts';

interface World {
  readonly path: string;
  readonly cli: (...args: readonly string[]) => Promise<Run>;
  readonly withLog: <Result>(work: (log: EmbeddedLog) => Promise<Result>) => Promise<Result>;
}

function worldAt(path: string): World {
  return {
    path,
    cli: (...args) => runCli(args, { cwd: path }),
    async withLog(work) {
      const log = await createEmbeddedLog({ directory: join(path, '.flotilla', 'log'), durability: 'none' });
      try {
        return await work(log);
      } finally {
        await log.close();
      }
    },
  };
}

/** Two objects, one of them changed, and one that is gone: revisions 1 to 5. */
async function fill(log: EmbeddedLog): Promise<void> {
  await append(log, put('web'));
  await append(log, put('api'));
  await append(log, put('old'));
  await append(log, put('web', { replicas: 3 }));
  await append(log, put('old', { deleted: true }));
}

async function archiveAll({ path }: World, log: EmbeddedLog): Promise<void> {
  const store = await createEmbeddedStore({ directory: join(path, '.flotilla', 'archive'), durability: 'none' });
  const archive = createArchive({ store, now: Date.now });
  const archiver = createArchiver({ log, archive });
  const end = new AbortController();
  const running = archiver.run(end.signal);
  while (archiver.status().head < (await log.head())) await delay(1);
  end.abort();
  await running;
  await store.close();
}

describe('backup, restore and verify', () => {
  it('writes the state while the log is open, and makes another data directory of it', async () => {
    await using directory = await temporaryDirectory();
    const world = worldAt(directory.path);
    const before = await world.withLog(async (log) => {
      await fill(log);
      const { exitCode, out } = await world.cli('backup', '-o', 'b.flotilla');
      expect([exitCode, out]).toEqual([
        0,
        'b.flotilla: 2 objects (0.0 MiB) at revision 5, made 2026-01-01T00:00:00.000Z from the log\n',
      ]);
      return liveState(log);
    });
    expect((await stat(join(world.path, 'b.flotilla'))).mode & 0o777).toBe(0o600);
    expect(await readdir(world.path)).toEqual(['.flotilla', 'b.flotilla']);
    expect((await world.cli('verify', 'b.flotilla')).out).toContain('b.flotilla is sound: 2 objects');
    const restored = await world.cli('restore', 'b.flotilla', '--data-dir', 'other');
    expect(restored.exitCode).toBe(0);
    expect(restored.out).toContain('New revisions begin at 1000006.');
    expect(restored.err).toContain('There is no key ring in other');
    const log = await createEmbeddedLog({ directory: join(world.path, 'other', 'log') });
    const after = await liveState(log);
    expect([...after].map(([subject, { revision }]) => [subject, revision])).toEqual(
      [...before].map(([subject, { revision }]) => [subject, revision]),
    );
    expect(after.get(subjectOf('web'))?.value).toEqual(before.get(subjectOf('web'))?.value);
    expect(await append(log, put('new'))).toBe(1_000_006);
    await log.close();
  });

  it('makes the log anew from the archive alone, at the end or at an earlier revision', async () => {
    await using directory = await temporaryDirectory();
    const world = worldAt(directory.path);
    await world.withLog(async (log) => {
      await fill(log);
      await archiveAll(world, log);
    });
    await rm(join(world.path, '.flotilla', 'log'), { recursive: true });
    const past = await world.cli('backup', '--from-archive', '--revision', '3', '-o', 'past.flotilla');
    expect(past.out).toContain('past.flotilla: 3 objects (0.0 MiB) at revision 3');
    expect((await world.cli('backup', '--from-archive', '-o', 'b.flotilla')).exitCode).toBe(0);
    expect((await world.cli('restore', 'b.flotilla')).exitCode).toBe(0);
    await world.withLog(async (log) => {
      const live = await liveState(log);
      expect([...live.keys()].toSorted()).toEqual([subjectOf('api'), subjectOf('web')]);
      expect(live.get(subjectOf('web'))?.revision).toBe(4);
      await archiveAll(world, log);
    });
    const { exitCode, out } = await world.cli('verify', '--data-dir', '.flotilla');
    expect([exitCode, out]).toEqual([0, expect.stringContaining('no difference')]);
  });

  it('tells the archive of an older state that was restored, so that it is not undone', async () => {
    await using directory = await temporaryDirectory();
    const world = worldAt(directory.path);
    await world.withLog(async (log) => {
      await append(log, put('web'));
      await world.cli('backup', '-o', 'b.flotilla');
      await append(log, put('web', { replicas: 3 }));
      await append(log, put('api'));
      await archiveAll(world, log);
    });
    expect((await world.cli('restore', 'b.flotilla', '--force')).exitCode).toBe(0);
    await world.withLog((log) => archiveAll(world, log));
    const { exitCode, out } = await world.cli('verify', '--data-dir', '.flotilla');
    expect([exitCode, out]).toEqual([0, expect.stringContaining('no difference')]);
    await world.withLog(async (log) => expect([...(await liveState(log)).keys()]).toEqual([subjectOf('web')]));
  });

  it('keeps what is there unless forced, and says what to do', async () => {
    await using directory = await temporaryDirectory();
    const world = worldAt(directory.path);
    await world.withLog(async (log) => {
      await fill(log);
      await world.cli('backup', '-o', 'b.flotilla');
      expect(await world.cli('restore', 'b.flotilla', '--force')).toMatchObject({
        exitCode: 1,
        err: expect.stringContaining('is in use by process') as string,
      });
      expect(await world.cli('verify', '--data-dir', '.flotilla')).toMatchObject({
        exitCode: 1,
        err: expect.stringContaining('is in use by process') as string,
      });
    });
    expect(await world.cli('restore', 'b.flotilla')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('.flotilla holds a state already. Back it up first') as string,
    });
    expect(await world.cli('backup', '-o', 'b.flotilla')).toMatchObject({
      exitCode: 1,
      err: 'flotilla: b.flotilla is there already. Choose another name\n',
    });
  });

  it('changes nothing for a backup that was cut or changed', async () => {
    await using directory = await temporaryDirectory();
    const world = worldAt(directory.path);
    await world.withLog(fill);
    await world.cli('backup', '-o', 'b.flotilla');
    const bytes = await readFile(join(world.path, 'b.flotilla'));
    await writeFile(join(world.path, 'cut.flotilla'), bytes.subarray(0, -10));
    bytes.writeUInt8(bytes.readUInt8(150) ^ 1, 150);
    await writeFile(join(world.path, 'changed.flotilla'), bytes);
    for (const file of ['cut.flotilla', 'changed.flotilla']) {
      for (const args of [
        ['verify', file],
        ['restore', file, '--force'],
      ]) {
        const { exitCode, err } = await world.cli(...args);
        expect([exitCode, err]).toEqual([1, expect.stringMatching(/the backup is damaged at byte \d+/)]);
      }
    }
    await world.withLog(async (log) => expect((await liveState(log)).size).toBe(2));
  });

  it('reports what the archive has and the log lost, and damage in the files, and leaves both', async () => {
    await using directory = await temporaryDirectory();
    const world = worldAt(directory.path);
    await world.withLog(async (log) => {
      await fill(log);
      await archiveAll(world, log);
    });
    const folder = join(world.path, '.flotilla', 'log');
    const [segment = ''] = (await readdir(folder)).filter((name) => name.endsWith('.log'));
    const sound = await readFile(join(folder, segment));
    const garbled = Buffer.from(sound);
    garbled.writeUInt8(garbled.readUInt8(60) ^ 1, 60);
    await writeFile(join(folder, segment), garbled);
    const { exitCode, err } = await world.cli('verify', '--data-dir', '.flotilla');
    expect(exitCode).toBe(1);
    expect(err).toContain(`${segment} is damaged from byte 32 on`);
    expect(err).toContain(`${subjectOf('web')} at revision 4: missing-in-log`);
    expect(await readFile(join(folder, segment))).toEqual(garbled);
    const backup = await world.cli('backup', '-o', 'b.flotilla');
    expect(backup).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('the log is damaged. Back up from the archive: add --from-archive') as string,
    });
    await writeFile(join(folder, segment), sound.subarray(0, -10));
    expect(await world.cli('verify', '--data-dir', '.flotilla')).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('the log ends 1 revision before the archive') as string,
    });
    // The end of a write that never finished is none.
    await writeFile(join(folder, segment), sound);
    await appendFile(join(folder, segment), Buffer.alloc(7));
    expect((await world.cli('verify', '--data-dir', '.flotilla')).exitCode).toBe(0);
  });

  it.each([
    ['no log', ['backup', '-o', 'b'], 1, 'there is no log in'],
    ['no archive', ['backup', '--from-archive', '-o', 'b'], 1, 'there is no archive in'],
    ['no file', ['restore', 'nothing'], 1, 'no such file'],
    ['no data directory', ['verify', '--data-dir', 'nothing'], 1, 'there is no log in'],
    ['nothing named', ['verify'], 2, 'what is to be checked?'],
    ['an earlier revision of the log', ['backup', '--revision', '3', '-o', 'b'], 2, '--revision needs --from-archive'],
    ['two places', ['backup', '--data-dir', 'x', '--nats', 'nats://x', '-o', 'b'], 2, 'cannot be used with'],
  ])('says what is wrong where there is %s', async (_, args, exitCode, text) => {
    await using directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'empty'));
    const run = await worldAt(directory.path).cli(...args);
    expect(run).toMatchObject({ exitCode, err: expect.stringContaining(text) as string });
    expect(await readdir(directory.path)).not.toContain('b');
  });
});
