import { describe, expect, it } from 'vitest';

import { createEmbeddedLog } from './embedded-log.ts';
import { LogUnavailable, type Append } from './event-log.ts';
import { appended, latestEntries, readThrough } from './event-log-contract.ts';
import type { LogReport } from './log-report.ts';
import { SimulatedDisk, type DiskOperation } from './simulated-disk.ts';

const directory = '/log';
const put = (subject: string, text: string, expectRevision?: number): Append => ({
  subject,
  value: Buffer.from(text),
  ...(expectRevision !== undefined && { expect: expectRevision }),
});

async function openLog(): Promise<{
  readonly files: SimulatedDisk;
  readonly log: Awaited<ReturnType<typeof createEmbeddedLog>>;
  readonly reports: LogReport[];
}> {
  const files = new SimulatedDisk();
  const reports: LogReport[] = [];
  const log = await createEmbeddedLog({ directory, files, report: (event) => reports.push(event) });
  return { files, log, reports };
}

const failing =
  (kind: DiskOperation['kind'], code: string) =>
  (operation: DiskOperation): { kind: 'error'; code: string } | undefined =>
    operation.kind === kind ? { kind: 'error', code } : undefined;

describe('a disk that fails', () => {
  it.each([
    { what: 'a full disk', kind: 'write', code: 'ENOSPC', reason: 'DiskFull' },
    { what: 'a quota', kind: 'write', code: 'EDQUOT', reason: 'DiskFull' },
    { what: 'a write error', kind: 'write', code: 'EIO', reason: 'Io' },
  ] as const)(
    'rejects the append for $what, stores nothing, and goes on afterwards',
    async ({ kind, code, reason }) => {
      const { files, log, reports } = await openLog();
      await appended(log, put('a', '1'));
      files.fault = failing(kind, code);
      await expect(log.append([put('a', '2', 1)])).rejects.toMatchObject({ name: 'LogUnavailable', reason });
      expect(await log.head()).toBe(1);
      files.fault = () => undefined;
      expect(await appended(log, put('a', '3', 1))).toStrictEqual([2]);
      expect(reports.map((event) => event.kind)).toStrictEqual(['recovered', 'write-failed', 'writable-again']);
      await log.close();
      const again = await createEmbeddedLog({ directory, files });
      expect((await latestEntries(again, '>')).map(({ value }) => String(value))).toStrictEqual(['3']);
      expect(again.recovery.cuts).toStrictEqual([]);
      await again.close();
    },
  );

  it('rejects an append whose sync failed, and it does not come back after a power loss', async () => {
    const { files, log } = await openLog();
    await appended(log, put('a', '1'));
    let syncs = 0;
    files.fault = (operation) =>
      operation.kind === 'sync' && syncs++ === 0 ? { kind: 'error', code: 'EIO' } : undefined;
    await expect(log.append([put('b', '2')])).rejects.toThrow(LogUnavailable);
    const disk = files.afterPowerLoss((max) => max);
    const again = await createEmbeddedLog({ directory, files: disk });
    expect((await latestEntries(again, '>')).map(({ subject }) => subject)).toStrictEqual(['a']);
    await again.close();
    await log.close();
  });

  it('writes on where a short write stopped', async () => {
    const { files, log } = await openLog();
    files.fault = ({ kind }) => (kind === 'write' ? { kind: 'short', bytes: 7 } : undefined);
    await appended(log, put('a', '1'), put('b', 'x'.repeat(100)));
    await log.close();
    const again = await createEmbeddedLog({ directory, files });
    expect(await again.head()).toBe(2);
    await again.close();
  });

  it('rejects everything that waited behind the failed group, conflicts decided on it included', async () => {
    const { files, log } = await openLog();
    await appended(log, put('a', '1'));
    files.fault = failing('write', 'ENOSPC');
    const results = await Promise.allSettled([
      log.append([put('a', '2', 1)]),
      log.append([put('a', 'depends on it', 2)]),
      log.append([put('a', 'lost to it', 1)]),
      log.append([put('b', 'on its own')]),
    ]);
    expect(results.map(({ status }) => status)).toStrictEqual(Array(4).fill('rejected'));
    files.fault = () => undefined;
    expect(await log.append([put('a', '2', 1)])).toStrictEqual({ kind: 'appended', revisions: [2] });
    const seen = (await readThrough(log, 2)).flatMap(({ entries }) => entries.map(({ value }) => String(value)));
    expect(seen).toStrictEqual(['1', '2']);
    await log.close();
  });

  it('rejects what arrived while the failing group was being written', async () => {
    const { files, log } = await openLog();
    let late: Promise<unknown> | undefined;
    files.fault = ({ kind }) => {
      if (kind !== 'write') return undefined;
      late ??= log.append([put('b', 'behind it', 0)]);
      return { kind: 'error', code: 'EIO' };
    };
    await expect(log.append([put('a', '1')])).rejects.toThrow(LogUnavailable);
    await expect(late).rejects.toThrow(LogUnavailable);
    files.fault = () => undefined;
    expect(await appended(log, put('b', '1', 0))).toStrictEqual([1]);
    await log.close();
  });

  it('refuses writes until the failed bytes could be taken out, then takes them again', async () => {
    const { files, log, reports } = await openLog();
    await appended(log, put('a', '1'));
    files.fault = (operation) => {
      if (operation.kind === 'write') return { kind: 'partial', bytes: 20, code: 'EIO' };
      return operation.kind === 'truncate' ? { kind: 'error', code: 'EIO' } : undefined;
    };
    await expect(log.append([put('a', '2')])).rejects.toThrow(LogUnavailable);
    files.fault = failing('truncate', 'EIO');
    await expect(log.append([put('a', '3')])).rejects.toThrow(LogUnavailable);
    files.fault = () => undefined;
    expect(await appended(log, put('a', '4'))).toStrictEqual([2]);
    expect(reports.map((event) => event.kind)).toStrictEqual([
      'recovered',
      'read-only',
      'write-failed',
      'writable-again',
    ]);
    await log.close();
    const again = await createEmbeddedLog({ directory, files });
    expect(again.recovery).toMatchObject({ head: 2, cuts: [] });
    await again.close();
  });

  it('goes on in the old segment when a snapshot cannot be begun or finished', async () => {
    for (const failure of ['segment', 'snapshot'] as const) {
      const files = new SimulatedDisk();
      const reports: string[] = [];
      const log = await createEmbeddedLog({
        directory,
        files,
        snapshotAfterBytes: 100,
        report: ({ kind }) => reports.push(kind),
      });
      files.fault = ({ kind, file }) =>
        kind === 'open' && file.startsWith(failure) ? { kind: 'error', code: 'ENOSPC' } : undefined;
      for (let index = 0; index < 10; index++) await appended(log, put(`a${index}`, 'x'.repeat(50)));
      await log.close();
      expect(reports).toContain('snapshot-failed');
      const again = await createEmbeddedLog({ directory, files });
      expect(await latestEntries(again, '>')).toHaveLength(10);
      await again.close();
    }
  });
});

describe('group commit', () => {
  it('syncs once for all appends that wait at the same time', async () => {
    const { files, log } = await openLog();
    let syncs = 0;
    files.fault = ({ kind }) => {
      if (kind === 'sync') syncs++;
      return undefined;
    };
    await Promise.all(Array.from({ length: 256 }, (_, index) => log.append([put(`a.${index}`, 'x')])));
    expect(syncs).toBe(1);
    await log.close();
  });

  it('removes what snapshots replace, and keeps two generations', async () => {
    const files = new SimulatedDisk();
    const log = await createEmbeddedLog({ directory, files, snapshotAfterBytes: 1_000 });
    for (let index = 0; index < 200; index++) await appended(log, put(`a.${index % 5}`, 'x'.repeat(100)));
    await log.close();
    const names = await files.list(directory);
    expect(names.filter((name) => name.startsWith('snapshot'))).toHaveLength(2);
    expect(names.filter((name) => name.startsWith('segment')).length).toBeLessThanOrEqual(3);
    const bytes = names.reduce((sum, name) => sum + files.contents(`${directory}/${name}`).byteLength, 0);
    expect(bytes).toBeLessThan(6_000);
  });
});
