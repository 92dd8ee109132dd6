/** The platform as in production: a nats-server and several replicas of each service, each a process of its own with its log in a file. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeKubeconfig } from '@flotilla/gateway/kubeconfig';
import { loadPki } from '@flotilla/gateway/pki';
import { startComponent } from '@flotilla/test-clusters/component';
import type { Component } from '@flotilla/test-clusters/component';
import { createDirectClient } from '@flotilla/test-clusters/direct-client';
import { readKubeconfig } from '@flotilla/test-clusters/kubeconfig';
import { startNatsServer } from '@flotilla/test-clusters/nats-server';
import type { NatsServer } from '@flotilla/test-clusters/nats-server';
import type { Platform } from '@flotilla/test-clusters/platform';
import { findFreePorts } from '@flotilla/test-clusters/ports';
import { createReaper } from '@flotilla/test-clusters/reaper';

export const serviceNames = ['gateway', 'registry', 'scheduler', 'propagation'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface DistributedOptions {
  /** Path of nats-server. */
  readonly natsServer: string;
  /** Processes of each service (default 2). */
  readonly replicas?: number;
  /** Folder for keys, kubeconfig and logs; kept by `stop` when given, else temporary. The log of the platform isn't kept. */
  readonly dataDir?: string;
  readonly readyTimeoutMs?: number;
}

/** One process of the platform. */
export interface Replica {
  readonly service: ServiceName;
  /** As scheduler-1. */
  readonly name: string;
  readonly logPath: string;
  pid(): number;
  /** SIGKILL: the process is gone, and told nobody. */
  kill(): Promise<void>;
  /** Starts it anew under its name, and waits until it's ready. */
  restart(): Promise<void>;
}

export interface DistributedPlatform extends Platform {
  readonly nats: NatsServer;
  readonly replicas: readonly Replica[];
  replica(name: string): Replica;
  /** One for each gateway; the first is `kubeconfigPath`. */
  readonly kubeconfigPaths: readonly string[];
}

const root = resolve(import.meta.dirname, '../../..');
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 12_000;

/** Starts everything and waits until all of it is ready. It ends with this process, however that ends. */
export async function startDistributed(options: DistributedOptions): Promise<DistributedPlatform> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'flotilla-distributed-')));
  const logDir = join(dataDir, 'logs');
  await mkdir(logDir, { recursive: true });
  const startMs = performance.now();
  const reaper = createReaper(options.dataDir === undefined ? dataDir : '');
  const pkiDirectory = join(dataDir, 'pki');
  const pki = await loadPki({ directory: pkiDirectory, names: [], nowMs: Date.now() });
  const nats = await startNatsServer({ program: options.natsServer });
  const replicas: RunningReplica[] = [];
  const kubeconfigPaths: string[] = [];
  const readyTimeoutMs = options.readyTimeoutMs ?? READY_TIMEOUT_MS;

  const stop = async (): Promise<void> => {
    await Promise.all(replicas.map(async (replica) => replica.stop()));
    await nats.stop();
    reaper.close();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  };
  try {
    for (const service of serviceNames) {
      for (let index = 1; index <= (options.replicas ?? 2); index++) {
        const [healthPort = 0, port = 0] = await findFreePorts(2);
        const name = `${service}-${index}`;
        const env = {
          PATH: process.env['PATH'],
          NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(root, 'node_modules', '.cache', 'compile'),
          FLOTILLA_NATS_URL: nats.url,
          FLOTILLA_REPLICA: name,
          FLOTILLA_HEALTH_HOST: '127.0.0.1',
          FLOTILLA_HEALTH_PORT: String(healthPort),
          FLOTILLA_RPC_HOST: '127.0.0.1',
          FLOTILLA_RPC_PORT: '0',
          FLOTILLA_STOP_DEADLINE: '10s',
          ...(service === 'gateway' && {
            FLOTILLA_HOST: '127.0.0.1',
            FLOTILLA_PORT: String(port),
            FLOTILLA_PKI_DIR: pkiDirectory,
          }),
        };
        if (service === 'gateway') {
          const path = join(dataDir, index === 1 ? 'kubeconfig' : `kubeconfig-${index}`);
          const server = `https://127.0.0.1:${port}`;
          await writeKubeconfig({
            path,
            contexts: [{ name: 'flotilla', server, caCertPem: pki.caCertPem, client: pki.admin }],
            currentContext: 'flotilla',
          });
          kubeconfigPaths.push(path);
        }
        const logPath = join(logDir, `${name}.log`);
        replicas.push(new RunningReplica({ service, name, logPath, env, healthPort, reaper, readyTimeoutMs }));
      }
    }
    await Promise.all(replicas.map(async (replica) => replica.start()));
  } catch (error) {
    await stop();
    throw error;
  }
  const [kubeconfigPath = ''] = kubeconfigPaths;
  return {
    pid: process.pid,
    dataDir,
    logPath: logDir,
    kubeconfigPath,
    kubeconfigPaths,
    readyAfterMs: performance.now() - startMs,
    nats,
    replicas,
    replica(name) {
      const found = replicas.find((each) => each.name === name);
      if (found === undefined) throw new Error(`there is no replica ${name}`);
      return found;
    },
    async client(connections) {
      const access = await readKubeconfig(kubeconfigPath);
      if (access === undefined) throw new Error(`${kubeconfigPath} names no server`);
      return createDirectClient({ ...access, connections });
    },
    async kill() {
      await Promise.all([nats.kill(), ...replicas.map(async (replica) => replica.kill())]);
    },
    stop,
  };
}

interface RunningReplicaOptions {
  readonly service: ServiceName;
  readonly name: string;
  readonly logPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly healthPort: number;
  readonly reaper: ReturnType<typeof createReaper>;
  readonly readyTimeoutMs: number;
}

class RunningReplica implements Replica {
  readonly service: ServiceName;
  readonly name: string;
  readonly logPath: string;
  readonly #options: RunningReplicaOptions;
  #component: Component | undefined;

  constructor(options: RunningReplicaOptions) {
    this.#options = options;
    this.service = options.service;
    this.name = options.name;
    this.logPath = options.logPath;
  }

  pid(): number {
    return this.#component?.pid ?? 0;
  }

  async start(): Promise<void> {
    const { service, name, logPath, env, healthPort, reaper, readyTimeoutMs } = this.#options;
    const component = await startComponent({
      name,
      program: process.execPath,
      args: ['--max-semi-space-size=8', join(root, 'services', service, 'src', 'main.ts')],
      env,
      logPath,
      reaper,
    });
    this.#component = component;
    await component.untilReady(async () => isReady(healthPort), { timeoutMs: readyTimeoutMs });
  }

  async kill(): Promise<void> {
    await this.#component?.kill();
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async stop(): Promise<void> {
    const component = this.#component;
    if (component?.isRunning() !== true) return;
    component.signal('SIGTERM');
    const patience = new AbortController();
    await Promise.race([
      component.ended(),
      delay(STOP_TIMEOUT_MS, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    await component.kill();
  }
}

async function isReady(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}
