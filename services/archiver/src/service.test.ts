import { createArchive } from '@flotilla/archive/archive';
import { createArchiveWorld, type ArchiveWorld } from '@flotilla/archive/testing/archive-world';
import { createFailingStore } from '@flotilla/archive/testing/failing-store';
import { append, put, subjectOf } from '@flotilla/archive/testing/state-entries';
import { givenPartitions, type GivenPartitions } from '@flotilla/lease/testing/given-partitions';
import type { Report } from '@flotilla/runtime/logger';
import type { Metrics } from '@flotilla/runtime/telemetry/metrics';
import { createMetricsRegistry } from '@flotilla/runtime/telemetry/prometheus-registry';
import { expect, it } from 'vitest';

import { createArchiverService, type ArchiverService } from './service.ts';

interface ServiceWorld {
  readonly service: ArchiverService;
  readonly partitions: GivenPartitions;
  readonly reports: Report[];
  readonly metrics: Metrics & { expose(): Promise<string> };
}

function serviceIn(world: ArchiveWorld, archive = world.archive): ServiceWorld {
  const partitions = givenPartitions(1);
  const reports: Report[] = [];
  const metrics = createMetricsRegistry();
  const { log, sleep } = world;
  const service = createArchiverService({
    log,
    archive,
    partitions,
    now: () => world.clock.nowMs,
    sleep,
    metrics,
    report: (report) => void reports.push(report),
  });
  service.start();
  return { service, partitions, reports, metrics };
}

async function until(world: ArchiveWorld, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await world.sleep(0, new AbortController().signal);
}

it('archives only while it has the lease, and what came meanwhile when it has it again', async () => {
  await using world = await createArchiveWorld();
  const { service, partitions } = serviceIn(world);
  await append(world.log, put('web'));
  expect(await world.archive.head()).toBe(0);
  await partitions.give();
  await until(world, async () => (await world.archive.head()) === 1);
  await partitions.take();
  await append(world.log, put('api'));
  expect(await world.archive.head()).toBe(1);
  await partitions.give();
  await until(world, async () => (await world.archive.head()) === 2);
  await service.stop();
});

it('takes what is in the log before it stops', async () => {
  await using world = await createArchiveWorld();
  const { service, partitions, metrics } = serviceIn(world);
  await append(world.log, put('web'));
  await partitions.give();
  await until(world, async () => (await world.archive.head()) === 1);
  for (let index = 0; index < 50; index++) await append(world.log, put(`app-${index}`));
  await service.stop();
  expect(await world.archive.head()).toBe(51);
  expect(await metrics.expose()).toContain('flotilla_archive_lag_revisions');
});

it('brings back what the archive lost, and counts it', async () => {
  await using world = await createArchiveWorld();
  const { service, partitions, reports, metrics } = serviceIn(world);
  await append(world.log, put('web'));
  await partitions.give();
  await until(world, async () => (await world.archive.head()) === 1);
  const subject = subjectOf('web');
  await world.store.write([
    { kind: 'delete', collection: 'revisions', ids: [1] },
    { kind: 'delete', collection: 'objects', ids: [subject] },
  ]);
  await until(world, () => reports.some(({ message }) => message === 'log and archive differ'));
  await service.stop();
  expect(reports).toContainEqual({
    level: 'error',
    message: 'log and archive differ',
    fields: { difference: 'missing-in-archive', subject, revision: 1, repair: 'archive-written' },
  });
  expect(await world.archive.objects.at(subject, { revision: 1 })).toMatchObject({
    record: { revision: 1, origin: 'repair' },
  });
  expect(await metrics.expose()).toContain(
    'flotilla_archive_differences_total{difference="missing-in-archive",repair="archive-written"} 1',
  );
});

it('says once why the database is of no use, and archives when it is back', async () => {
  await using world = await createArchiveWorld();
  const store = createFailingStore(world.store);
  store.failAfter(0, 1_000_000, 'Refused');
  const { service, partitions, reports, metrics } = serviceIn(world, createArchive({ store, now: () => 0 }));
  await append(world.log, put('web'));
  await partitions.give();
  await until(world, () => store.failed > 20);
  expect(reports.filter(({ level }) => level !== 'info')).toEqual([
    {
      level: 'warn',
      message: 'the database of the archive refuses the credentials, or they lack rights; trying again',
      fields: { reason: 'Refused', cause: 'the database is away' },
    },
  ]);
  expect(await metrics.expose()).toContain('flotilla_archive_database_up 0');
  store.failAfter(Infinity, 0);
  await until(world, async () => (await world.archive.head()) === 1);
  expect(await metrics.expose()).toContain('flotilla_archive_database_up 1');
  await service.stop();
});

it('goes on when the archive is ahead of the log, and says so', async () => {
  await using world = await createArchiveWorld();
  await world.store.write([
    { kind: 'put', collection: 'cursors', documents: [{ _id: 'archiver', revision: 9, timeMs: 0 }] },
  ]);
  const { service, partitions, reports } = serviceIn(world);
  await append(world.log, put('web'));
  await partitions.give();
  await until(world, () => reports.length > 1);
  await service.stop();
  expect(reports[0]).toMatchObject({
    level: 'error',
    message: 'archiving failed; trying again',
    fields: { cause: expect.stringContaining('the log ends at revision 1, the archive at 9') as string },
  });
});
