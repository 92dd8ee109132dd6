import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { createArchive, expireAfterMsOf, keptMsDefault, type KeptMs } from '@flotilla/archive/archive';
import type { ArchiveStore } from '@flotilla/archive/archive-store';
import { createEmbeddedStore } from '@flotilla/archive/embedded-store';
import { createMongoStore } from '@flotilla/archive/mongo-store';
import { createPartitions } from '@flotilla/lease/create-partitions';
import { openLogs } from '@flotilla/replica/open-logs';
import { reportEvent } from '@flotilla/replica/report-event';
import type { ConfigOf } from '@flotilla/runtime/config/load-config';
import { runService } from '@flotilla/runtime/run-service';
import { configSchema } from './config.ts';
import { mongoLocation } from './mongo-location.ts';
import { createArchiverService } from './service.ts';

type Config = ConfigOf<typeof configSchema>;

async function openStore(config: Config, keptMs: KeptMs): Promise<ArchiveStore> {
  const { mongodbUrl, mongodbCaFile, mongodbCertKeyFile, mongodbConnections, directory } = config;
  if ((mongodbUrl === undefined) === (directory === undefined)) {
    throw new Error('one of FLOTILLA_MONGODB_URL and FLOTILLA_ARCHIVE_DIRECTORY has to say where the archive is');
  }
  if (directory !== undefined) return createEmbeddedStore({ directory });
  const location = mongoLocation(mongodbUrl ?? '', { caFile: mongodbCaFile, certKeyFile: mongodbCertKeyFile });
  return createMongoStore({ ...location, connectionsMax: mongodbConnections, expireAfterMs: expireAfterMsOf(keptMs) });
}

await runService(
  {
    name: 'archiver',
    version: '0.1.0',
    schema: configSchema,
    async start({ config, report, metrics, health }) {
      const stops: (() => Promise<void>)[] = [];
      const keptMs = { ...keptMsDefault, revisions: config.keptMs, decisions: config.keptMs };
      const store = await openStore(config, keptMs);
      stops.push(() => store.close());
      const replica = config.replica ?? hostname();
      const logs = await openLogs(`archiver/${replica}`, config, report);
      stops.push(() => logs.close());
      health.addReadiness('nats', () => (logs.link.isConnected() ? undefined : 'there is no connection to NATS'));
      const schedule = (callback: () => void, delayMs: number): (() => void) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      };
      // One archiver at a time: a single piece of work, which the replica with the lease does.
      const partitions = createPartitions(
        { log: logs.leases, monotonicNow: () => performance.now(), schedule, report: reportEvent(report, 'lease') },
        { service: 'archiver', replica, incarnation: randomUUID(), partitionCount: 1 },
      );
      metrics.observedGauge(
        { name: 'flotilla_owned_partitions', help: 'Pieces of the service’s work that are this replica’s.' },
        () => partitions.owned().size,
      );
      const service = createArchiverService(
        {
          log: logs.storedState,
          archive: createArchive({ store, now: Date.now }, keptMs),
          ...(logs.keyRing !== undefined && { codec: logs.keyRing }),
          partitions,
          now: Date.now,
          sleep: (ms, signal) => delay(ms, undefined, { signal }),
          metrics,
          report,
        },
        config,
      );
      service.start();
      partitions.start();
      // The work ends before the lease does: what is in the log yet is archived first.
      stops.push(() => partitions.stop());
      stops.push(() => service.stop());
      return {
        async stop() {
          for (const each of stops.splice(0).toReversed()) await each();
        },
      };
    },
  },
  process,
);
