import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { createHttpMemberClient } from './http-member-client.ts';
import type { HttpMemberClientOptions } from './http-member-client.ts';
import type { MemberClient } from './member-client.ts';

const running: (() => Promise<unknown>)[] = [];

async function aMember(
  answer: RequestListener,
  options: HttpMemberClientOptions = {},
): Promise<{ client: MemberClient; server: Server }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createHttpMemberClient(
    { cluster: 'member1', url: `http://127.0.0.1:${port}/base/`, bearerToken: 's3cret' },
    options,
  );
  running.push(
    () => client.close(),
    () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  );
  return { client, server };
}

describe('createHttpMemberClient', () => {
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
  });

  it('sends path, body and credentials, and answers with whatever the member says', async () => {
    const seen: unknown[] = [];
    const { client } = await aMember((request, response) => {
      seen.push([request.method, request.url, request.headers.authorization, request.headers['content-type']]);
      response.writeHead(418).end('teapot');
    });
    expect(await client.request({ method: 'PUT', path: '/api/v1?x=1', body: '{}' })).toEqual({
      status: 418,
      body: 'teapot',
    });
    expect(seen).toEqual([['PUT', '/base/api/v1?x=1', 'Bearer s3cret', 'application/json']]);
  });

  it('gives up at the deadline, also while the body trickles in', async () => {
    const { client } = await aMember((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    await expect(client.request({ method: 'GET', path: '/slow', timeoutMs: 100 })).rejects.toMatchObject({
      name: 'MemberUnreachable',
      reason: 'Timeout',
    });
  });

  it('gives up at the deadline, also while it waits for a connection', async () => {
    const { client } = await aMember(() => undefined, { connections: 1 });
    const first = client.request({ method: 'GET', path: '/hang' });
    await expect(client.request({ method: 'GET', path: '/waits', timeoutMs: 100 })).rejects.toMatchObject({
      reason: 'Timeout',
    });
    await client.close();
    await expect(first).rejects.toMatchObject({ name: 'MemberUnreachable' });
  });

  it('puts an answer together from its chunks, whatever they cut', async () => {
    const bytes = Buffer.from('"Fähre"');
    const { client } = await aMember((_request, response) => {
      response.write(bytes.subarray(0, 3));
      setImmediate(() => response.end(bytes.subarray(3)));
    });
    expect(await client.request({ method: 'GET', path: '/' })).toEqual({ status: 200, body: '"Fähre"' });
  });

  it.each([
    ['announces', { 'content-length': '2000' }],
    ['does not announce', {}],
  ])('refuses an answer over the limit that the member %s', async (_name, headers) => {
    const { client } = await aMember((_request, response) => response.writeHead(200, headers).end('x'.repeat(2000)), {
      maxResponseBytes: 1000,
    });
    await expect(client.request({ method: 'GET', path: '/' })).rejects.toMatchObject({
      reason: 'Connection',
      message: expect.stringContaining('over the limit of 1000 bytes') as string,
    });
  });

  it('tells cancellation and refusal apart', async () => {
    const { client, server } = await aMember(() => undefined);
    const abort = new AbortController();
    const call = client.request({ method: 'GET', path: '/hang', signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toMatchObject({ reason: 'Aborted' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(client.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ reason: 'Connection' });
  });

  it.each([{ caPem: 'no certificate' }, { clientCertPem: 'no certificate', clientKeyPem: 'no key' }])(
    'fails requests, not the start, with credentials that cannot be parsed: %j',
    async (credentials) => {
      const client = createHttpMemberClient({ cluster: 'member1', url: 'https://127.0.0.1:1/', ...credentials });
      running.push(() => client.close());
      await expect(client.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ name: 'MemberUnreachable' });
    },
  );

  it('streams a watch line by line and ends with the server', async () => {
    const { client } = await aMember((_request, response) => {
      response.write('{"type":"ADDED"');
      response.end(',"object":{}}\n{"type":"DELETED","object":{}}\n');
    });
    const lines: string[] = [];
    for await (const line of client.watch('/watch', new AbortController().signal)) lines.push(line.toString());
    expect(lines).toEqual(['{"type":"ADDED","object":{}}', '{"type":"DELETED","object":{}}']);
  });

  it('says when a watch revision is gone', async () => {
    const { client } = await aMember((_request, response) => response.writeHead(410).end());
    const watch = client.watch('/watch', new AbortController().signal)[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject({ name: 'MemberGone' });
  });
});
