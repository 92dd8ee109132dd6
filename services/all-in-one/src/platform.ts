/** Every service in one process on the embedded adapters. Order of start: log → store → gateway → members → services; stop is the reverse. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { createClusterProxy } from '@flotilla/gateway/cluster-proxy';
import { createGateway } from '@flotilla/gateway/service';
import type { Gateway } from '@flotilla/gateway/service';
import { createInterpreter } from '@flotilla/interpreter/interpreter';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { readOpenApiBytes, readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createHttpMemberClient } from '@flotilla/member/http-member-client';
import { createPropagation } from '@flotilla/propagation/service';
import { createWorkView } from '@flotilla/propagation/work-view';
import { defaultThresholds } from '@flotilla/registry/health';
import { createRegistry } from '@flotilla/registry/service';
import type { Logger } from '@flotilla/runtime/logger';
import { createScheduler } from '@flotilla/scheduler/service';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';

import { prepareDataDirectory } from './data-directory.ts';
import type { PlatformOptions } from './options.ts';
import { reportApi, reportLog } from './reports.ts';
import { startSimulatedMembers } from './simulated-members.ts';

/** What watchers may be behind before they have to list again; the log keeps twice that. Past states are the largest part of the memory after a burst. */
const history = { changes: 4_000, bytes: 8 * 1024 * 1024 };

export interface Platform {
  readonly store: ObjectStore;
  readonly gateway: Gateway;
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

async function start(
  options: PlatformOptions,
  logger: Logger,
  stops: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<Platform> {
  const clock = { now: Date.now, random: Math.random, newUid: randomUUID };
  await prepareDataDirectory(options.dataDir);
  const log = await createEmbeddedLog({
    historyMaxEntries: history.changes * 2,
    historyMaxBytes: history.bytes * 2,
    directory: join(options.dataDir, 'log'),
    report: reportLog(logger.reporter('log')),
  });
  stops.push(() => log.close());
  const end = new AbortController();
  const store = await createObjectStore({
    log,
    historyWindow: { maxChanges: history.changes, maxBytes: history.bytes },
    signal: end.signal,
  });
  stops.push(() => end.abort(new Error('the platform stops')));
  const builtinKinds = createBuiltinKinds({ readDocument: readOpenApiDocument });
  const kinds = createKindRegistry([...builtinKinds, ...createKarmadaKinds()]);
  const gateway = await createGateway(
    {
      store,
      kinds,
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
      { ...clock, store, connect, report: reporter('registry') },
      { probeIntervalMs: options.probeIntervalMs, thresholds: defaultThresholds },
    ),
    createPropagation({ ...clock, store, kinds, interpreter, connect, report: reporter('propagation') }),
    createScheduler({ ...clock, store, kinds, interpreter, schedule, report: reporter('scheduler') }),
  ];
  for (const service of services) {
    service.start();
    stops.push(() => service.stop());
  }
  return { store, gateway, members: members.names, stop };
}
