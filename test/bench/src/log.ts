import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import type { EventLog } from '@flotilla/log/event-log';
import { createJetStreamLog } from '@flotilla/log/jetstream-log';
import { connectNats } from '@flotilla/log/jetstream/nats-link';
import type { NatsLink } from '@flotilla/log/jetstream/nats-link';
import { ensureStreams, stateStream } from '@flotilla/log/jetstream/streams';
import { startNatsServer } from '@flotilla/test-clusters/nats-server';
import type { NatsServer } from '@flotilla/test-clusters/nats-server';
import { jetstream } from '@nats-io/jetstream';

import type { Figure, Scenario, ScenarioContext } from './scenario.ts';

const DEFAULT_COUNT = 10_000;
const IN_FLIGHT: readonly number[] = [1, 64, 256];
/** One at a time is bound by the disk: a share of the appends is enough. */
const SEQUENTIAL_SHARE = 0.1;
const VALUE = Buffer.alloc(1_024, 'x');
const PREFIX = 'bench';
const BARE_SHARE_WANTED = 0.8;

type Sync = 'always' | 'default';

/**
 * Appends with compare-and-set and what it takes to read them back, by both adapters, beside the NATS client doing the same by itself. Each writer of those in
 * flight counts up a subject of its own.
 */
export const logScenario: Scenario = {
  name: 'log',
  description:
    'appends and replay of 1 KiB entries: both adapters of the log and the bare NATS client, 1, 64 and 256 in flight',
  run: async (context) => {
    const samples = new Map<string, number[]>();
    const add = (name: string, value: number): void => void samples.set(name, [...(samples.get(name) ?? []), value]);
    const count = context.count ?? DEFAULT_COUNT;
    for (let run = 1; run <= context.runs; run++) {
      context.report(`run ${run} of ${context.runs}`);
      await measureEmbedded(count, add);
      for (const sync of ['always', 'default'] as const) await measureNats(context, sync, count, add);
    }
    return [...samples].map(([name, values]) => toFigure(name, values));
  },
};

type Add = (name: string, value: number) => void;

function toFigure(name: string, samples: readonly number[]): Figure {
  const unit = name.includes('appends') || name.includes('replay') ? '1/s' : name.includes('CPU') ? 'µs' : 's';
  if (!name.startsWith('JetStream') || unit !== '1/s') return { name, unit, samples };
  const floor = name.replace('JetStream', 'bare client');
  return { name, unit, samples, floor, target: { of: 'ratio', bound: 'at least', value: BARE_SHARE_WANTED } };
}

async function measureEmbedded(count: number, add: Add): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'flotilla-bench-log-'));
  const log = await createEmbeddedLog({ directory, historyMaxEntries: 1_000_000, historyMaxBytes: 1024 ** 3 });
  try {
    for (const inFlight of IN_FLIGHT) {
      add(`embedded: appends, ${inFlight} in flight`, await appendRate(log, inFlight, countOf(count, inFlight)));
    }
    add('embedded: replay', await replayRate(log));
  } finally {
    await log.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function countOf(count: number, inFlight: number): number {
  return inFlight === 1 ? Math.ceil(count * SEQUENTIAL_SHARE) : count;
}

async function measureNats(context: ScenarioContext, sync: Sync, count: number, add: Add): Promise<void> {
  const server = await startNatsServer({ program: context.binaries.natsServer, sync });
  const link = await connectNats({ servers: server.url });
  const suffix = sync === 'always' ? ', sync always' : '';
  try {
    const own = { ...stateStream(), name: 'bench-own', prefix: PREFIX, subjects: ['own.>'] };
    const bare = { ...own, name: 'bench-bare', subjects: ['bare.>'] };
    await ensureStreams(link, [own, bare]);
    const log = await createJetStreamLog({ link, stream: own, compactionIntervalMs: 0 });
    for (const inFlight of IN_FLIGHT) {
      const amount = countOf(count, inFlight);
      const bareRate = await bareAppendRate(link, inFlight, amount);
      add(`bare client: appends, ${inFlight} in flight${suffix}`, bareRate);
      const cpuBefore = process.cpuUsage();
      add(`JetStream: appends, ${inFlight} in flight${suffix}`, await appendRate(log, inFlight, amount, 'own'));
      const cpu = process.cpuUsage(cpuBefore);
      if (inFlight === 64) add(`CPU of the process per append, JetStream${suffix}`, (cpu.user + cpu.system) / amount);
    }
    if (sync === 'always') {
      add('bare client: replay', await bareReplayRate(link, bare.name));
      add('JetStream: replay', await replayRate(log));
    } else await measureLatest(link, log, add);
    await log.close();
  } finally {
    await end(link, server);
  }
}

async function end(link: NatsLink, server: NatsServer): Promise<void> {
  await link.close();
  await server.stop();
}

const LIVE_COUNT = 50_000;
const BATCH_SIZE = 500;

/** How long it takes to read 50,000 live entries, each of which was written twice. */
async function measureLatest(link: NatsLink, log: EventLog, add: Add): Promise<void> {
  const writer = log;
  for (let round = 0; round < 2; round++) {
    for (let start = 0; start < LIVE_COUNT; start += BATCH_SIZE) {
      await writer.append(
        Array.from({ length: BATCH_SIZE }, (_, index) => ({ subject: `own.live.${start + index}`, value: VALUE })),
      );
    }
  }
  const startMs = performance.now();
  let entries = 0;
  for await (const batch of log.latest(['own.live.>'])) entries += batch.entries.length;
  if (entries !== LIVE_COUNT) throw new Error(`latest gave ${entries} entries`);
  add('latest of 50,000 subjects', (performance.now() - startMs) / 1000);
  add('latest of 50,000 subjects, by direct get in lists of 1,000', await directGetSeconds(link));
}

async function directGetSeconds(link: NatsLink): Promise<number> {
  const startMs = performance.now();
  let entries = 0;
  const { last_seq: through } = (await link.manager.streams.info('bench-own')).state;
  for (let start = 0; start < LIVE_COUNT; start += 1_000) {
    const subjects = Array.from({ length: 1_000 }, (_, index) => `${PREFIX}.own.live.${start + index}`);
    const options = { multi_last: subjects, up_to_seq: through, batch: 1_000 };
    for await (const _ of await link.manager.direct.getLastMessagesFor('bench-own', options)) entries++;
  }
  if (entries !== LIVE_COUNT) throw new Error(`direct get gave ${entries} entries`);
  return (performance.now() - startMs) / 1000;
}

/** Runs `count` steps, `inFlight` at a time, and answers how many a second. */
async function rate(
  inFlight: number,
  count: number,
  startWriter: (index: number) => () => Promise<void>,
): Promise<number> {
  let left = count;
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async (_, index) => {
      const write = startWriter(index);
      while (left-- > 0) await write();
    }),
  );
  return count / ((performance.now() - startMs) / 1000);
}

async function appendRate(log: EventLog, inFlight: number, count: number, root = 'own'): Promise<number> {
  return rate(inFlight, count, (index) => {
    let revision = 0;
    const subject = `${root}.${inFlight}.${index}`;
    return async () => {
      const result = await log.append([{ subject, value: VALUE, expect: revision }]);
      if (result.kind !== 'appended') throw new Error(`lost a race on ${subject}`);
      revision = result.revisions[0] ?? 0;
    };
  });
}

async function bareAppendRate({ connection }: NatsLink, inFlight: number, count: number): Promise<number> {
  const client = jetstream(connection);
  return rate(inFlight, count, (index) => {
    let lastSubjectSequence = 0;
    const subject = `${PREFIX}.bare.${inFlight}.${index}`;
    return async () => {
      const ack = await client.publish(subject, VALUE, { expect: { lastSubjectSequence } });
      lastSubjectSequence = ack.seq;
    };
  });
}

async function replayRate(log: EventLog): Promise<number> {
  const stop = new AbortController();
  const startMs = performance.now();
  let entries = 0;
  for await (const batch of log.read({ subjects: ['>'], from: 0, signal: stop.signal })) {
    entries += batch.entries.length;
    if (batch.isCaughtUp) stop.abort();
  }
  return entries / ((performance.now() - startMs) / 1000);
}

async function bareReplayRate(link: NatsLink, stream: string): Promise<number> {
  const { messages } = (await link.manager.streams.info(stream)).state;
  const startMs = performance.now();
  const consumer = await jetstream(link.connection).consumers.get(stream);
  const deliveries = await consumer.consume({ max_messages: 1_024 });
  let entries = 0;
  for await (const message of deliveries) {
    if (message.data.byteLength > 0) entries++;
    if (entries === messages) break;
  }
  return entries / ((performance.now() - startMs) / 1000);
}
