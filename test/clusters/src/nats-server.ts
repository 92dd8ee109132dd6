import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startComponent } from './component.ts';
import type { Component } from './component.ts';
import { findFreePorts, ownsListener } from './ports.ts';
import { createReaper } from './reaper.ts';

const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2_000;

export interface NatsServerOptions {
  /** Path of nats-server. */
  readonly program: string;
  /** `always` (default): a write is on disk before it's acknowledged. `default`: what the server does by itself, which syncs every two minutes. */
  readonly sync?: 'always' | 'default';
  /** Bytes that JetStream may store in files (default: no limit). */
  readonly maxFileBytes?: number;
  readonly withJetStream?: boolean;
  /** Lines for the end of the configuration file: TLS, accounts. One option a line. */
  readonly configuration?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** One nats-server of one's own as a local process, with its files in a temporary folder. It ends with this process. */
export interface NatsServer {
  /** `nats://127.0.0.1:PORT`; stays the same over restarts. */
  readonly url: string;
  readonly port: number;
  readonly pid: () => number;
  /** SIGKILL: nothing is written any more. */
  readonly kill: () => Promise<void>;
  /** Starts it again on its files and port; kills it first if it runs. */
  readonly restart: () => Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Ends it and removes its files. */
  readonly stop: () => Promise<void>;
}

/** Starts a server with JetStream on a free port of 127.0.0.1 and waits until it takes connections. */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-nats-'));
  const reaper = createReaper(folder);
  const [port = 0] = await findFreePorts(1);
  const configPath = join(folder, 'nats.conf');
  await writeFile(configPath, configurationOf(options, folder, port));
  const start = async (): Promise<Component> => {
    const component = await startComponent({
      name: 'nats-server',
      program: options.program,
      args: ['-c', configPath],
      logPath: join(folder, 'nats.log'),
      reaper,
    });
    try {
      await component.untilReady(async () => (await ownsListener(component.pid, port)) && (await answers(port)), {
        timeoutMs: READY_TIMEOUT_MS,
        signal: options.signal,
      });
    } catch (error) {
      await component.kill();
      throw error;
    }
    return component;
  };
  let component: Component;
  try {
    component = await start();
  } catch (error) {
    reaper.close();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    pid: () => component.pid,
    kill: async () => component.kill(),
    restart: async () => {
      await component.kill();
      component = await start();
    },
    pause: () => component.signal('SIGSTOP'),
    resume: () => component.signal('SIGCONT'),
    stop: async () => {
      await component.kill();
      reaper.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configurationOf(options: NatsServerOptions, folder: string, port: number): string {
  const { sync = 'always', maxFileBytes, withJetStream = true, configuration = [] } = options;
  const jetStream = [
    'jetstream {',
    `  store_dir: ${JSON.stringify(join(folder, 'jetstream'))}`,
    ...(sync === 'always' ? ['  sync_interval: always'] : []),
    ...(maxFileBytes === undefined ? [] : [`  max_file_store: ${maxFileBytes}`]),
    '}',
  ];
  return [
    'host: 127.0.0.1',
    `port: ${port}`,
    'max_payload: 8MB',
    ...(withJetStream ? jetStream : []),
    ...configuration,
    '',
  ].join('\n');
}

/** Whether the server greets: it does as soon as it takes connections. */
async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, timeout: PROBE_TIMEOUT_MS });
  return new Promise((settle) => {
    const end = (isReady: boolean): void => {
      socket.destroy();
      settle(isReady);
    };
    socket.once('data', (greeting) => end(greeting.toString().startsWith('INFO ')));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
