import { randomInt } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_000;
const ATTEMPTS_MAX = 200;
const LISTEN_STATE = '0A';

/**
 * Free TCP ports of 127.0.0.1 below the usual ephemeral range: a server that is restarted on its port must not find it
 * taken by somebody's outgoing connection. Another process may still take one first, see `ownsListener`.
 */
export async function findFreePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt === ATTEMPTS_MAX) throw new Error(`no ${count} free ports between ${LOWEST_PORT} and ${HIGHEST_PORT}`);
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((settle) => {
    server.once('error', () => settle(false));
    server.listen(port, '127.0.0.1', () => server.close(() => settle(true)));
  });
}

/**
 * Whether `pid` itself listens on `port`: a readiness probe is happily answered by somebody else's server. Where there is
 * no /proc to ask, the answer is true.
 */
export async function ownsListener(pid: number, port: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const sockets = await listeningSockets(port);
  if (sockets.size === 0) return false;
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  const targets = await Promise.all(descriptors.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return targets.some((target) => sockets.has(target));
}

/** The sockets that listen on the port on any address, as the links in /proc/PID/fd name them. */
async function listeningSockets(port: number): Promise<ReadonlySet<string>> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = new Set<string>();
  for (const path of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const table = await readFile(path, 'utf8').catch(() => '');
    for (const line of table.split('\n')) {
      const [, localAddress, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (localAddress?.endsWith(suffix) === true && state === LISTEN_STATE) sockets.add(`socket:[${inode}]`);
    }
  }
  return sockets;
}
