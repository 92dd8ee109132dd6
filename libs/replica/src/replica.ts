/** One replica of a service as a process of its own: what all of them are made of, put together in one order and taken apart in the reverse one. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { kindFromCrd } from '@flotilla/kinds/crd-kind';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import type { KindRegistry, ResourceId } from '@flotilla/kinds/kind-definition';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { createDefinedKinds } from '@flotilla/kubeapi/custom-resources/defined-kinds';
import { createPartitions } from '@flotilla/lease/create-partitions';
import type { Partitions } from '@flotilla/lease/partitions';
import { createRpcServer } from '@flotilla/rpc/rpc-server';
import type { TlsIdentity } from '@flotilla/rpc/tls';
import type { ServiceContext } from '@flotilla/runtime/run-service';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';
import { createCurrentView } from './current-view.ts';
import { openLogs } from './open-logs.ts';
import { reportEvent } from './report-event.ts';
import type { replicaSchema } from './replica-config.ts';

export interface ReplicaOptions {
  /** Name of the service, as scheduler. */
  readonly service: string;
  /** What the store caches; absent: everything. */
  readonly resources?: readonly ResourceId[];
  /** Pieces that the service's work comes in, where that isn't for an operator to say. */
  readonly partitionCount?: number;
  /** False where the service itself keeps the registry of kinds in line with what is defined. */
  readonly followsDefinitions?: boolean;
  /** True for the one service that drops old history from the logs. */
  readonly dropsHistory?: boolean;
}

export interface Replica {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly partitions: Partitions;
  readonly now: () => number;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly schedule: (callback: () => void, delayMs: number) => () => void;
  /** Resolves when the store has all that the log had at the call. */
  readonly untilCurrent: (signal: AbortSignal) => Promise<void>;
}

/** A service at work. */
export interface Work {
  start?(): void;
  stop(): Promise<void>;
}

const historyMaxChanges = 10_000;

/**
 * Opens the logs, loads the store, makes the service and lets it take its share of the work. Resolves when it works. Ends in this order: the shares are handed over, the service stops,
 * then what it stands on.
 */
export async function runReplica<S extends typeof replicaSchema>(
  { config: all, report, metrics, tracer, health }: ServiceContext<S>,
  options: ReplicaOptions,
  createWork: (replica: Replica) => Promise<Work> | Work,
): Promise<{ stop(): Promise<void> }> {
  const config = all as ServiceContext<typeof replicaSchema>['config'];
  const { service } = options;
  const name = config.replica ?? hostname();
  const stops: (() => Promise<void> | void)[] = [];
  const logs = await openLogs(`${service}/${name}`, config, report, {
    dropsHistory: options.dropsHistory === true,
  });
  stops.push(() => logs.close());
  health.addReadiness('nats', () => (logs.link.isConnected() ? undefined : 'there is no connection to NATS'));
  const end = new AbortController();
  stops.push(() => end.abort(new Error('the process ends')));
  const store = await createObjectStore({
    log: logs.state,
    resources: options.resources,
    historyWindow: { maxChanges: historyMaxChanges, maxBytes: config.historyBytes },
    signal: end.signal,
  });
  const kinds = createKindRegistry([
    ...createBuiltinKinds({ readDocument: readOpenApiDocument }),
    ...createKarmadaKinds(),
  ]);
  if (options.followsDefinitions !== false) {
    const definedKinds = createDefinedKinds({
      store,
      kinds,
      kindsOf: kindFromCrd,
      report: reportEvent(report, 'kinds'),
    });
    definedKinds.start();
    stops.push(() => definedKinds.stop());
  }
  const schedule: Replica['schedule'] = (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  };
  const partitions = createPartitions(
    {
      log: logs.leases,
      monotonicNow: () => performance.now(),
      schedule,
      report: reportEvent(report, 'lease'),
    },
    {
      service,
      replica: name,
      incarnation: randomUUID(),
      partitionCount: options.partitionCount ?? config.partitionCount,
    },
  );
  metrics.observedGauge(
    { name: 'flotilla_owned_partitions', help: 'Pieces of the service’s work that are this replica’s.' },
    () => partitions.owned().size,
  );
  const untilCurrent = createCurrentView({ log: logs.state, store });
  const work = await createWork({
    store,
    kinds,
    partitions,
    schedule,
    untilCurrent,
    now: Date.now,
    random: Math.random,
    newUid: randomUUID,
  });
  stops.push(() => work.stop());
  work.start?.();
  partitions.start();
  stops.push(() => partitions.stop());
  const tls = await rpcIdentity(config);
  const rpc = await createRpcServer(
    {
      services: [],
      metrics,
      tracer,
      monotonicNow: () => performance.now(),
      report: reportEvent(report, 'rpc'),
    },
    // In the clear only for this machine.
    { host: tls === 'none' ? '127.0.0.1' : config.rpcHost, port: config.rpcPort, tls },
  );
  stops.push(() => rpc.stop());
  report({ level: 'info', message: 'replica works', fields: { replica: name, rpcPort: rpc.port } });
  return {
    async stop() {
      for (const each of stops.splice(0).toReversed()) await each();
    },
  };
}

async function rpcIdentity(config: ServiceContext<typeof replicaSchema>['config']): Promise<TlsIdentity | 'none'> {
  const { rpcCaFile, rpcCertFile, rpcKeyFile } = config;
  if (rpcCaFile === undefined || rpcCertFile === undefined || rpcKeyFile === undefined) return 'none';
  const [caPem, certPem, keyPem] = await Promise.all(
    [rpcCaFile, rpcCertFile, rpcKeyFile].map((path) => readFile(path, 'utf8')),
  );
  return { caPem: caPem ?? '', certPem: certPem ?? '', keyPem: keyPem ?? '' };
}
