import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { startComponent } from './component.ts';
import type { Component } from './component.ts';
import { createDirectClient } from './direct-client.ts';
import type { DirectClient } from './direct-client.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { ownsListener } from './ports.ts';
import { createReaper } from './reaper.ts';

export interface PlatformOptions {
  /** Kept by `stop` when given, so that the platform can be started on it again; else temporary. */
  readonly dataDir?: string;
  /** 0 lets the platform choose. Default 0. */
  readonly port?: number;
  /** Default 0: tests and benchmarks join real members. */
  readonly simulatedMembers?: number;
  /** Further command line arguments. */
  readonly args?: readonly string[];
  /** Options of Node itself, such as `--cpu-prof`. */
  readonly nodeArgs?: readonly string[];
  readonly readyTimeoutMs?: number;
}

/** The whole platform as one child process. */
export interface Platform {
  readonly pid: number;
  readonly dataDir: string;
  readonly kubeconfigPath: string;
  readonly logPath: string;
  /** From the start of the process until it answered /readyz. */
  readonly readyAfterMs: number;
  /** A client of the gateway with the administrator's credentials; the caller closes it. */
  readonly client: (connections: number) => Promise<DirectClient>;
  /** Ends the process without warning, and waits until it is gone. The data stays. */
  readonly kill: () => Promise<void>;
  /** Ends the process as Ctrl-C does, by force when it takes too long, and removes a temporary data directory. */
  readonly stop: () => Promise<void>;
}

const MAIN_PATH = resolve(import.meta.dirname, '../../../services/all-in-one/src/main.ts');
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/** Starts the platform and waits until it is ready. It ends with this process, however that ends. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'flotilla-platform-')));
  const kubeconfigPath = join(dataDir, 'kubeconfig');
  const logPath = `${dataDir.replace(/\/+$/, '')}.log`;
  const reaper = createReaper(options.dataDir === undefined ? dataDir : '');
  const startMs = performance.now();
  const component = await startComponent({
    name: 'the platform',
    program: process.execPath,
    args: [
      // As scripts/bootstrap.mjs starts it.
      '--max-semi-space-size=8',
      ...(options.nodeArgs ?? []),
      MAIN_PATH,
      `--data-dir=${dataDir}`,
      `--port=${options.port ?? 0}`,
      `--simulated-members=${options.simulatedMembers ?? 0}`,
      ...(options.args ?? []),
    ],
    logPath,
    reaper,
  });
  const removeData = async (): Promise<void> => {
    reaper.close();
    if (options.dataDir === undefined) {
      await Promise.all([rm(dataDir, { recursive: true, force: true }), rm(logPath, { force: true })]);
    }
  };
  try {
    await component.untilReady(async () => isReady(component.pid, kubeconfigPath), {
      timeoutMs: options.readyTimeoutMs ?? READY_TIMEOUT_MS,
    });
  } catch (error) {
    await component.kill();
    await removeData();
    throw error;
  }
  return {
    pid: component.pid,
    dataDir,
    kubeconfigPath,
    logPath,
    readyAfterMs: performance.now() - startMs,
    client: async (connections) => clientOf(kubeconfigPath, connections),
    kill: component.kill,
    stop: async () => {
      await endGracefully(component);
      await removeData();
    },
  };
}

/** A kubeconfig from an earlier run may be there: what counts is that this process serves what it names. */
async function isReady(pid: number, kubeconfigPath: string): Promise<boolean> {
  const access = await readKubeconfig(kubeconfigPath);
  if (access === undefined || !(await ownsListener(pid, Number(new URL(access.url).port)))) return false;
  const client = createDirectClient({ ...access, connections: 1 });
  try {
    const { status } = await client.request('GET', '/readyz');
    return status === 200;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

async function clientOf(kubeconfigPath: string, connections: number): Promise<DirectClient> {
  const access = await readKubeconfig(kubeconfigPath);
  if (access === undefined) throw new Error(`${kubeconfigPath} names no server`);
  return createDirectClient({ ...access, connections });
}

async function endGracefully(component: Component): Promise<void> {
  if (!component.isRunning()) return;
  component.signal('SIGCONT');
  component.signal('SIGINT');
  const patience = new AbortController();
  await Promise.race([
    component.ended(),
    delay(STOP_TIMEOUT_MS, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  await component.kill();
}
