import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { createArchive } from '@flotilla/archive/archive';
import { describeArchiveStore } from '@flotilla/archive/archive-contract';
import type { ArchiveReport } from '@flotilla/archive/archive-report';
import type { ArchiveStore } from '@flotilla/archive/archive-store';
import { createArchiver } from '@flotilla/archive/archiver';
import { createMongoStore } from '@flotilla/archive/mongo-store';
import { directoryTarget, restoreBackup } from '@flotilla/archive/restore-backup';
import { createVerifier } from '@flotilla/archive/verifier';
import { archiveBackupSource, writeBackup } from '@flotilla/archive/write-backup';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import type { EventLog } from '@flotilla/log/event-log';
import { stateSubject } from '@flotilla/log/subject';
import { ensureBinaries } from '@flotilla/test-clusters/binaries';
import { dockerAnswers } from '@flotilla/test-clusters/docker-engine';
import { startMongoContainer } from '@flotilla/test-clusters/mongo-container';
import { startMongoWireServer, type MongoWireServer } from '@flotilla/test-clusters/mongo-wire-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const binaries = await ensureBinaries();
const hasDocker = await dockerAnswers(process.env, AbortSignal.timeout(2_000));
let databases = 0;

/** A database of one's own on a server. */
function freshStore(url: string, connectionsMax: number): ArchiveStore {
  return createMongoStore({
    url,
    database: `archive${databases++}`,
    connectionsMax,
    selectionTimeoutMs: 2_000,
    callTimeoutMs: 5_000,
  });
}

describe.skipIf('unavailable' in binaries)('a server with the wire protocol of MongoDB', () => {
  let server: MongoWireServer;
  beforeAll(async () => {
    if ('unavailable' in binaries) return;
    server = await startMongoWireServer({ program: binaries.ferretdb });
  });
  afterAll(async () => {
    await server.stop();
  });

  // One connection: the server loses updates of concurrent ones.
  describeArchiveStore('FerretDB', { create: () => Promise.resolve(freshStore(server.url, 1)), timeoutMs: 120_000 });

  it('holds every entry, once and in order, though it was killed again and again while they came', async () => {
    const log = await createEmbeddedLog({ historyMaxEntries: 100_000 });
    const store = freshStore(server.url, 1);
    const archive = createArchive({ store, now: Date.now });
    const reports: ArchiveReport[] = [];
    const archiver = createArchiver({ log, archive, report: (event) => void reports.push(event) });
    const stop = new AbortController();
    const running = archiver.run(stop.signal);
    for (let outage = 0; outage < 3; outage++) {
      for (let round = 0; round < 40; round++) await write(log, round);
      await until(() => archiver.status().head > outage * 80);
      await server.kill();
      for (let round = 0; round < 20; round++) await write(log, round);
      await until(() => archiver.status().phase === 'unavailable');
      await server.restart();
      await until(() => archiver.status().phase === 'current');
    }
    const head = await log.head();
    await until(() => archiver.status().head === head);
    stop.abort();
    await running;
    const revisions: number[] = [];
    let after = 0;
    for (;;) {
      const page = await archive.objects.changes({ after, through: head, limit: 1_000 });
      revisions.push(...page.items.map(({ revision }) => revision));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(revisions).toEqual(Array.from({ length: head }, (_, index) => index + 1));
    expect(reports.filter(({ kind }) => kind === 'archive-unavailable')).toHaveLength(3);
    expect(reports.filter(({ kind }) => kind === 'gap-recorded')).toHaveLength(0);
    const verifier = createVerifier({ log, archive }, { subjectsPerSecond: 100_000 });
    expect(await verifier.pass(AbortSignal.timeout(60_000))).toMatchObject({ differences: 0, unsettled: 0 });
    await store.close();
    await log.close();
  });

  it('gives up on a server that says nothing, and comes back', async () => {
    const store = freshStore(server.url, 1);
    const archive = createArchive({ store, now: Date.now });
    expect(await archive.cursors.move('hook', 0, 1)).toEqual({ kind: 'moved' });
    server.pause();
    await expect(archive.cursors.get('hook')).rejects.toMatchObject({ reason: 'Unreachable', mayPass: true });
    server.resume();
    await until(async () => (await archive.cursors.get('hook').catch(() => 0)) === 1);
    await store.close();
  });

  it('gives the log back after its disk was lost', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'flotilla-restore-'));
    const store = freshStore(server.url, 1);
    const archive = createArchive({ store, now: Date.now });
    const first = await createEmbeddedLog({ directory });
    for (let round = 0; round < 50; round++) await write(first, round);
    const before = await stateOf(first);
    await archiveAll(first, archive);
    await first.close();
    await rm(directory, { recursive: true });

    const frames: Uint8Array[] = [];
    for await (const frame of writeBackup(archiveBackupSource(archive), Date.now())) frames.push(frame);
    const { head } = await restoreBackup(() => streamOf(frames), directoryTarget(directory));
    const second = await createEmbeddedLog({ directory });
    expect(await stateOf(second)).toEqual(before);
    await write(second, 1_000);
    expect(await second.head()).toBe(head + 2);
    await archiveAll(second, archive);
    expect(await archive.head()).toBe(head + 2);
    await second.close();
    await store.close();
    await rm(directory, { recursive: true });
  });
});

describe.skipIf(!hasDocker)('MongoDB', () => {
  let server: Awaited<ReturnType<typeof startMongoContainer>>;
  beforeAll(async () => {
    server = await startMongoContainer(process.env);
  });
  afterAll(async () => {
    await server.stop();
  });

  describeArchiveStore('MongoDB', { create: () => Promise.resolve(freshStore(server.url, 8)), timeoutMs: 60_000 });

  it('lets samples expire by itself, by the age asked for last', async () => {
    const database = `expiring${databases++}`;
    for (const usageRaw of [60_000, 120_000]) {
      const store = createMongoStore({ url: server.url, database, expireAfterMs: { usageRaw } });
      expect(await store.expiring()).toEqual(new Set(['usageRaw']));
      await store.close();
    }
  });
});

/** Two objects in one append: one of seven that change, one that comes and goes. */
async function write(log: EventLog, round: number): Promise<void> {
  const value = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', data: { round } }));
  const subject = (name: string): string =>
    stateSubject({ group: '', resource: 'configmaps', namespace: 'shop', name });
  await log.append([
    { subject: subject(`c${round % 7}`), value },
    { subject: subject('now-and-then'), value, deleted: round % 2 === 1 },
  ]);
}

async function stateOf(log: EventLog): Promise<Record<string, string>> {
  const state: Record<string, string> = {};
  for await (const { entries } of log.latest(['>'])) {
    for (const { subject, revision, value } of entries) state[subject] = `${revision} ${Buffer.from(value).toString()}`;
  }
  return state;
}

async function archiveAll(log: EventLog, archive: ReturnType<typeof createArchive>): Promise<void> {
  const stop = new AbortController();
  const archiver = createArchiver({ log, archive });
  const running = archiver.run(stop.signal);
  const head = await log.head();
  await until(() => archiver.status().head >= head);
  stop.abort();
  await running;
}

async function* streamOf(frames: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  for (const frame of frames) yield await Promise.resolve(frame);
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > deadlineMs) throw new Error('it did not come about within a minute');
    await delay(20);
  }
}
