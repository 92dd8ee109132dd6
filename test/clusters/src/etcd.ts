import { join } from 'node:path';

import { request } from 'undici';

import { startComponent } from './component.ts';
import type { Component } from './component.ts';
import { findFreePorts, ownsListener } from './ports.ts';
import type { Reaper } from './reaper.ts';

const READY_TIMEOUT_MS = 30_000;
const QUOTA_BYTES = 8 * 1024 ** 3;

export interface EtcdOptions {
  readonly program: string;
  readonly folder: string;
  readonly reaper: Reaper;
  /** Whether a write is on disk before it is acknowledged. */
  readonly isDurable: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Etcd {
  readonly component: Component;
  readonly url: string;
}

/** Starts one etcd on free ports of 127.0.0.1 and waits until it answers as healthy. */
export async function startEtcd({ program, folder, reaper, isDurable, signal }: EtcdOptions): Promise<Etcd> {
  const [clientPort = 0, peerPort = 0] = await findFreePorts(2);
  const url = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const component = await startComponent({
    name: 'etcd',
    program,
    args: [
      '--name=members',
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=members=${peerUrl}`,
      `--quota-backend-bytes=${QUOTA_BYTES}`,
      '--log-level=warn',
      ...(isDurable ? [] : ['--unsafe-no-fsync']),
    ],
    logPath: join(folder, 'etcd.log'),
    reaper,
  });
  try {
    await component.untilReady(async () => (await ownsListener(component.pid, clientPort)) && isHealthy(url), {
      timeoutMs: READY_TIMEOUT_MS,
      signal,
    });
  } catch (error) {
    await component.kill();
    throw error;
  }
  return { component, url };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const response = await request(`${url}/health`);
    const health = await response.body.json();
    return typeof health === 'object' && health !== null && 'health' in health && health.health === 'true';
  } catch {
    return false;
  }
}
