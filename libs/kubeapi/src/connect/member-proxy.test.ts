import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken, startApi, type ApiUnderTest } from '../testing/api-under-test.ts';
import { createMemberProxy } from './member-proxy.ts';

const base = '/apis/cluster.karmada.io/v1alpha1/clusters';

describe('the proxy to members', () => {
  let member: Server;
  let seen: IncomingMessage[] = [];
  let api: ApiUnderTest;

  beforeAll(async () => {
    member = createServer((request, response) => {
      seen.push(request);
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.writeHead(201, { 'content-type': 'text/plain', 'x-member': 'yes' });
        response.end(`${request.method} ${request.url} ${body}`);
      });
    });
    member.on('upgrade', (request, socket) => {
      seen.push(request);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.on('data', (chunk: Buffer) => socket.write(chunk));
      socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => member.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(member.address() as AddressInfo).port}`;
    const targets = new Map([
      ['m1', { url, bearerToken: 'member-token' }],
      ['down', { url: 'http://127.0.0.1:1' }],
    ]);
    const proxy = createMemberProxy(
      { resolve: (name) => Promise.resolve(targets.get(name)) },
      { group: 'cluster.karmada.io', resource: 'clusters' },
    );
    api = await startApi({ deps: { connectors: [proxy] } });
  });
  afterAll(async () => {
    await api.close();
    member.closeAllConnections();
    member.close();
  });

  it('passes requests on in the name of the caller, with the credentials of the member', async () => {
    seen = [];
    const answer = await api.call('POST', `${base}/m1/proxy/api/v1/pods?limit=5`, { body: 'hello' });
    expect(answer).toMatchObject({ status: 201, text: 'POST /api/v1/pods?limit=5 hello' });
    expect(answer.headers['x-member']).toBe('yes');
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer member-token',
      'impersonate-user': 'admin',
      'impersonate-group': 'system:masters, system:authenticated',
    });
  });

  it('says which clusters are unknown or unreachable', async () => {
    expect(await api.call('GET', `${base}/none/proxy/api`)).toMatchObject({
      status: 404,
      body: { message: 'clusters.cluster.karmada.io "none" not found' },
    });
    const down = await api.call('GET', `${base}/down/proxy/api`);
    expect(down).toMatchObject({ status: 503, body: { reason: 'ServiceUnavailable' } });
    expect(down.body.message).toContain('error trying to reach cluster down');
  });

  it('needs the right to the subresource', async () => {
    const answer = await api.call('GET', `${base}/m1/proxy/api`, { headers: { 'impersonate-user': 'eve' } });
    expect(answer.status).toBe(403);
  });

  const upgrade = (path: string, token: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(api.url);
      const socket = connect({ port: Number(port), host: '127.0.0.1', ca: api.caPem, ALPNProtocols: ['http/1.1'] });
      let text = '';
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('101 Switching') && !text.includes('ping')) socket.write('ping');
        else if (text.includes('ping')) socket.destroy();
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
    });

  it('passes changed protocols through', async () => {
    expect(await upgrade(`${base}/m1/proxy/api/v1/namespaces/a/pods/b/exec`, adminToken)).toMatch(
      /^HTTP\/1.1 101 .*ping$/s,
    );
  });

  it('refuses to change the protocol for strangers', async () => {
    expect(await upgrade(`${base}/m1/proxy/x`, 'wrong')).toMatch(/^HTTP\/1.1 401 /);
    expect(await upgrade('/api/v1/namespaces', adminToken)).toMatch(/^HTTP\/1.1 404 /);
  });
});
