/** The logs of a replica, on NATS. What can't be reached is waited for: a process that ends and begins again would not find it sooner. */
import { setTimeout as delay } from 'node:timers/promises';
import { LogUnavailable, type EventLog } from '@flotilla/log/event-log';
import { createJetStreamLog } from '@flotilla/log/jetstream-log';
import { connectNats, type NatsLink, type NatsLinkOptions } from '@flotilla/log/jetstream/nats-link';
import { ensureStreams, leaseStream, stateStream } from '@flotilla/log/jetstream/streams';
import type { KeyRing } from '@flotilla/log/key-ring';
import { createSealedLog } from '@flotilla/log/sealed-log';
import type { Report } from '@flotilla/runtime/logger';
import { isSealedSubject, loadKeyRing } from '@flotilla/trust/key-ring-file';
import type { ReplicaConfig } from './replica-config.ts';
import { reportEvent } from './report-event.ts';

export interface ReplicaLogs {
  readonly link: NatsLink;
  /** Objects; Secrets in it are sealed if there are keys. */
  readonly state: EventLog;
  /** The same log as it is stored: what is sealed comes sealed. */
  readonly storedState: EventLog;
  /** What opens sealed values; absent when no keys are given. */
  readonly keyRing?: KeyRing;
  readonly leases: EventLog;
  close(): Promise<void>;
}

/** What opening the logs takes of a replica's configuration. */
export type LogsConfig = Pick<
  ReplicaConfig,
  'natsUrls' | 'natsCaFile' | 'natsCertFile' | 'natsKeyFile' | 'streamReplicas' | 'sealingKeysFile'
>;

export interface LogsOptions {
  /** Whether this process drops old history: one service does, which has the right to. */
  readonly dropsHistory?: boolean;
}

const retryMinMs = 250;
const retryMaxMs = 10_000;
/** Leases are renewed all the time, and nobody reads what they were. */
const leaseHistoryMaxEntries = 1_000;

/** Resolves when NATS answered and holds the streams, however long that takes. Throws NatsUnsupported, and what is wrong with files. */
export async function openLogs(
  client: string,
  config: LogsConfig,
  report: (report: Report) => void,
  options: LogsOptions = {},
): Promise<ReplicaLogs> {
  const ring = config.sealingKeysFile === undefined ? undefined : await loadKeyRing(config.sealingKeysFile);
  for (const warning of ring?.warnings ?? []) report({ level: 'warn', message: 'key ring', fields: { warning } });
  for (let attempt = 0; ; attempt += 1) {
    try {
      const logs = await openOnce(natsOptions(client, config), config, report, options);
      if (ring === undefined) return { ...logs, storedState: logs.state };
      const { keyRing } = ring;
      const state = createSealedLog({ log: logs.state, keyRing, isSealed: isSealedSubject });
      return { ...logs, state, storedState: logs.state, keyRing };
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      const retryMs = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(attempt, 10));
      report({
        level: 'warn',
        message: 'NATS cannot be reached; trying again',
        fields: { cause: error.message, retryMs },
      });
      await delay(retryMs);
    }
  }
}

async function openOnce(
  options: NatsLinkOptions,
  config: LogsConfig,
  report: (report: Report) => void,
  { dropsHistory = false }: LogsOptions,
): Promise<Omit<ReplicaLogs, 'storedState' | 'keyRing'>> {
  const link = await connectNats(options);
  try {
    const replicas = config.streamReplicas;
    const [stateSpec, leaseSpec] = [stateStream({ replicas }), leaseStream({ replicas })];
    await ensureStreams(link, [stateSpec, leaseSpec]);
    const compaction = dropsHistory ? {} : { compactionIntervalMs: 0 };
    const state = await createJetStreamLog({
      link,
      stream: stateSpec,
      ...compaction,
      report: reportEvent(report, 'log'),
    });
    const leases = await createJetStreamLog({
      link,
      stream: leaseSpec,
      ...compaction,
      historyMaxEntries: leaseHistoryMaxEntries,
    });
    return {
      link,
      state,
      leases,
      async close() {
        await Promise.all([state.close(), leases.close()]);
        await link.close();
      },
    };
  } catch (error) {
    await link.close();
    throw error;
  }
}

function natsOptions(name: string, config: LogsConfig): NatsLinkOptions {
  const { natsUrls, natsCaFile, natsCertFile, natsKeyFile } = config;
  const usesTls = natsCaFile !== undefined || natsCertFile !== undefined;
  return {
    servers: [...natsUrls],
    name,
    // A service may hear what is sent to its own inboxes, and nothing else.
    inboxPrefix: `_INBOX.${name.split('/')[0] ?? name}`,
    ...(usesTls && {
      tls: {
        ...(natsCaFile !== undefined && { caFile: natsCaFile }),
        ...(natsCertFile !== undefined && { certFile: natsCertFile }),
        ...(natsKeyFile !== undefined && { keyFile: natsKeyFile }),
      },
    }),
  };
}
