/** Every service in one process on the embedded adapters. Order of start: log → store → gateway → members → services; stop is the reverse. */
import { randomUUID } from 'node:crypto';

import { createClusterProxy } from '@flotilla/gateway/cluster-proxy';
import { createGateway } from '@flotilla/gateway/service';
import type { Gateway } from '@flotilla/gateway/service';
import { createInterpreter } from '@flotilla/interpreter/interpreter';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { readOpenApiBytes, readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { ownEverything } from '@flotilla/lease/own-everything';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import type { RecoveryReport } from '@flotilla/log/log-report';
import type { EventLog } from '@flotilla/log/event-log';
import type { KeyRing } from '@flotilla/log/key-ring';
import { createSealedLog } from '@flotilla/log/sealed-log';
import { createHttpMemberClient } from '@flotilla/member/http-member-client';
import { createPropagation } from '@flotilla/propagation/service';
import { createWorkView } from '@flotilla/works/work-view';
import { defaultThresholds } from '@flotilla/registry/health';
import { createRegistry } from '@flotilla/registry/service';
import type { Logger, Report } from '@flotilla/runtime/logger';
import { createScheduler } from '@flotilla/scheduler/service';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';
import { ensureKeyRing, isSealedSubject, resealSecrets } from '@flotilla/trust/key-ring-file';

import { prepareDataDirectory } from './data-directory.ts';
import { archiveDirectoryOf, keyRingPathOf, logDirectoryOf } from './data-layout.ts';
import type { PlatformOptions } from './options.ts';
import { reportApi, reportLog } from './reports.ts';
import { startSimulatedMembers } from './simulated-members.ts';

/** What watchers may be behind before they have to list again; the log keeps twice that. Past states are the largest part of the memory after a burst. */
const history = { changes: 4_000, bytes: 8 * 1024 * 1024 };

export interface Platform {
  readonly store: ObjectStore;
  readonly gateway: Gateway;
  /** What opening the log found. */
  readonly recovery: RecoveryReport;
  /** Names of the simulated members. */
  readonly members: readonly string[];
  stop(): Promise<void>;
}

/** Rejects with a message for people when the data directory is in use or the port is taken. */
export async function startPlatform(options: PlatformOptions, logger: Logger): Promise<Platform> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    // One after the other: what depends on a part ends before that part.
    for (const each of stops.splice(0).toReversed()) await each();
  };
  try {
    return await start(options, logger, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function schedule(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
}

/** Secrets are sealed in the log's files. What isn't sealed with the newest key is written anew: plain values of an older version, or of before a rotation. */
async function openSealed(
  log: EventLog,
  dataDir: string,
  report: (report: Report) => void,
  signal: AbortSignal,
): Promise<{ readonly log: EventLog; readonly keyRing: KeyRing }> {
  const { keyRing, warnings } = await ensureKeyRing(keyRingPathOf(dataDir));
  for (const message of warnings) report({ level: 'warn', message: 'key ring', fields: { warning: message } });
  const resealed = await resealSecrets(log, keyRing, signal);
  if (resealed > 0) report({ level: 'info', message: 'secrets sealed anew', fields: { count: resealed } });
  return { log: createSealedLog({ log, keyRing, isSealed: isSealedSubject }), keyRing };
}

async function start(
  options: PlatformOptions,
  logger: Logger,
  stops: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<Platform> {
  const clock = { now: Date.now, random: Math.random, newUid: randomUUID };
  await prepareDataDirectory(options.dataDir);
  const embedded = await createEmbeddedLog({
    historyMaxEntries: history.changes * 2,
    historyMaxBytes: history.bytes * 2,
    directory: logDirectoryOf(options.dataDir),
    report: reportLog(logger.reporter('log')),
  });
  stops.push(() => embedded.close());
  const end = new AbortController();
  const { log, keyRing } = await openSealed(embedded, options.dataDir, logger.reporter('log'), end.signal);
  const store = await createObjectStore({
    log,
    historyWindow: { maxChanges: history.changes, maxBytes: history.bytes },
    signal: end.signal,
  });
  stops.push(() => end.abort(new Error('the platform stops')));
  const builtinKinds = createBuiltinKinds({ readDocument: readOpenApiDocument });
  const kinds = createKindRegistry([...builtinKinds, ...createKarmadaKinds()]);
  const partitions = ownEverything();
  partitions.start();
  if (options.archive) {
    // Loaded only when it's wanted: a thread with SQLite is a quarter of the platform's memory.
    const { startEmbeddedArchive } = await import('./embedded-archive.ts');
    const archive = await startEmbeddedArchive(
      { log: embedded, codec: keyRing, partitions, report: logger.reporter('archive') },
      { directory: archiveDirectoryOf(options.dataDir) },
    );
    stops.push(() => archive.stop());
  }
  const gateway = await createGateway(
    {
      store,
      kinds,
      partitions,
      ...clock,
      report: reportApi(logger.reporter('gateway')),
      openApi: { read: readOpenApiBytes },
      virtualResources: [createWorkView({ store, kinds, interpreter: createInterpreter() })],
      connectors: [createClusterProxy({ store })],
    },
    { directory: options.dataDir, host: options.host, port: options.port },
  );
  stops.push(() => gateway.stop());
  const reporter = (service: string): ReturnType<Logger['reporter']> => logger.reporter(service);
  const members = await startSimulatedMembers(
    { ...clock, store, kinds, builtinKinds, gateway, reporter },
    { dataDir: options.dataDir, count: options.simulatedMembers },
  );
  stops.push(() => members.stop());
  const connect = createHttpMemberClient;
  const interpreter = createInterpreter();
  const services = [
    createRegistry(
      { ...clock, store, partitions, connect, report: reporter('registry') },
      { probeIntervalMs: options.probeIntervalMs, thresholds: defaultThresholds },
    ),
    createPropagation({
      ...clock,
      store,
      kinds,
      partitions,
      interpreter,
      connect,
      schedule,
      report: reporter('propagation'),
    }),
    createScheduler({ ...clock, store, kinds, partitions, interpreter, schedule, report: reporter('scheduler') }),
  ];
  for (const service of services) {
    service.start();
    stops.push(() => service.stop());
  }
  return { store, gateway, recovery: embedded.recovery, members: members.names, stop };
}
