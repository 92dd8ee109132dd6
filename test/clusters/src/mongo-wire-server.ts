import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startComponent } from './component.ts';
import type { Component } from './component.ts';
import { findFreePorts, ownsListener } from './ports.ts';
import { createReaper } from './reaper.ts';

const READY_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 2_000;

export interface MongoWireServerOptions {
  /** Path of ferretdb. */
  readonly program: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A server of one's own that speaks MongoDB's wire protocol, as a local process with SQLite files in a temporary folder. It ends with this process. It stands in for MongoDB where that isn't at hand, and
 * isn't one: concurrent updates of a document may be lost, and it has no transactions, no expiring documents and little of aggregation. Use one connection.
 */
export interface MongoWireServer {
  /** `mongodb://127.0.0.1:PORT/`; stays the same over restarts. */
  readonly url: string;
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

/** Starts a server on a free port of 127.0.0.1 and waits until it takes connections. */
export async function startMongoWireServer({ program, signal }: MongoWireServerOptions): Promise<MongoWireServer> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-mongo-'));
  const data = join(folder, 'data');
  await mkdir(data);
  const reaper = createReaper(folder);
  const [port = 0] = await findFreePorts(1);
  const start = async (): Promise<Component> => {
    const component = await startComponent({
      name: 'ferretdb',
      program,
      args: [`127.0.0.1:${port}`, data],
      logPath: join(folder, 'ferretdb.log'),
      reaper,
    });
    try {
      await component.untilReady(
        async () => (await ownsListener(component.pid, port)) && (await takesConnections(port)),
        {
          timeoutMs: READY_TIMEOUT_MS,
          signal,
        },
      );
    } catch (error) {
      await component.kill();
      throw error;
    }
    return component;
  };
  const remove = async (): Promise<void> => {
    reaper.close();
    await rm(folder, { recursive: true, force: true });
  };
  let component: Component;
  try {
    component = await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    url: `mongodb://127.0.0.1:${port}/`,
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
      await remove();
    },
  };
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port, timeout: PROBE_TIMEOUT_MS });
  return new Promise((settle) => {
    const end = (isReady: boolean): void => {
      socket.destroy();
      settle(isReady);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}
