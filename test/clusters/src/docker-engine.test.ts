import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { dockerAnswers } from './docker-engine.ts';

async function withSocket(answer: RequestListener, test: (dockerHost: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-docker-'));
  const server = createServer(answer).listen(join(folder, 'docker.sock'));
  try {
    await once(server, 'listening');
    await test(`unix://${join(folder, 'docker.sock')}`);
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const patient = (): AbortSignal => new AbortController().signal;

it.each([
  [true, 'answers the ping', 200],
  [false, 'answers that it cannot', 500],
])('says %s when the socket %s', async (expected, _, status) => {
  await withSocket(
    (request, response) => response.writeHead(request.url === '/_ping' ? status : 404).end(),
    async (dockerHost) => expect(await dockerAnswers({ DOCKER_HOST: dockerHost }, patient())).toBe(expected),
  );
});

it('says false when nothing answers before the time is over', async () => {
  const time = new AbortController();
  await withSocket(
    () => time.abort(),
    async (dockerHost) => expect(await dockerAnswers({ DOCKER_HOST: dockerHost }, time.signal)).toBe(false),
  );
});

it.each(['unix:///nowhere/docker.sock', 'ssh://elsewhere', 'nonsense'])('says false for %s', async (dockerHost) => {
  expect(await dockerAnswers({ DOCKER_HOST: dockerHost }, patient())).toBe(false);
});
