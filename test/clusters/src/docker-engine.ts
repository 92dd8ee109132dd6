import { request } from 'node:http';
import type { RequestOptions } from 'node:http';

const DEFAULT_SOCKET_PATH = '/var/run/docker.sock';

/**
 * Whether a Docker engine answers where `DOCKER_HOST` says (`unix://`, `tcp://`), else at the usual socket. That the
 * client program is installed says nothing. Answers false when the signal aborts first, never rejects.
 */
export async function dockerAnswers(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<boolean> {
  const address = addressOf(env['DOCKER_HOST']);
  if (address === undefined) return false;
  return new Promise((resolve) => {
    const ping = request({ ...address, path: '/_ping', signal }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

function addressOf(dockerHost = ''): RequestOptions | undefined {
  if (dockerHost === '') return { socketPath: DEFAULT_SOCKET_PATH };
  if (!URL.canParse(dockerHost)) return undefined;
  const { protocol, pathname, hostname, port } = new URL(dockerHost);
  if (protocol === 'unix:') return { socketPath: pathname };
  return protocol === 'tcp:' || protocol === 'http:' ? { host: hostname, port } : undefined;
}
