import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { createCertificateAuthority } from '@flotilla/kubeapi/pki/certificate-authority';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import { adminToken, startApi, type ApiUnderTest } from '@flotilla/kubeapi/testing/api-under-test';
import { createClusterProxy } from './cluster-proxy.ts';

const proxy = (name: string): string => `/apis/cluster.karmada.io/v1alpha1/clusters/${name}/proxy`;

/** A member's API server, as far as the proxy can tell. */
interface Member {
  readonly port: number;
  readonly caPem: string;
  readonly requests: IncomingMessage[];
  answer: (request: IncomingMessage, response: ServerResponse) => void;
  close(): void;
}

async function startMember(): Promise<Member> {
  const ca = await createCertificateAuthority('member-ca', Date.now());
  const serving = await ca.issueServing({ commonName: 'member', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] });
  const server: Server = createServer({ cert: serving.certPem, key: serving.keyPem }, (request, response) => {
    member.requests.push(request);
    member.answer(request, response);
  });
  server.on('upgrade', (request: IncomingMessage, socket: TLSSocket) => {
    member.requests.push(request);
    socket.on('error', () => socket.destroy());
    if (request.url?.includes('refused') === true) {
      socket.end('HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno!\r\n0\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
    socket.on('data', (bytes: Buffer) => socket.write(`echo ${bytes.toString()}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const member: Member = {
    port: (server.address() as AddressInfo).port,
    caPem: ca.keyPair.certPem,
    requests: [],
    answer: (_request, response) => response.end('{}'),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return member;
}

describe('the proxy to members', () => {
  let member: Member;
  let api: ApiUnderTest;
  let stopping: AbortController;
  const answer = (text: string, status = 200): void => {
    member.answer = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
    };
  };

  beforeAll(async () => {
    member = await startMember();
    stopping = new AbortController();
    // The proxy reads clusters only: it may have a store of its own here.
    const store = await createObjectStore({ log: await createEmbeddedLog(), signal: stopping.signal });
    const put = async (resource: { group: string; resource: string }, object: KubeObject): Promise<void> => {
      const { namespace = '', name = '' } = object.metadata;
      await store.commit([{ resource, namespace, name, object }]);
    };
    const secret = (name: string, data: Readonly<Record<string, string>>): Promise<void> =>
      put(
        { group: '', resource: 'secrets' },
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name, namespace: 'karmada-cluster' },
          data: Object.fromEntries(
            Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
          ),
        },
      );
    const cluster = (name: string, spec: object): Promise<void> =>
      put(
        { group: 'cluster.karmada.io', resource: 'clusters' },
        {
          apiVersion: 'cluster.karmada.io/v1alpha1',
          kind: 'Cluster',
          metadata: { name },
          spec: { syncMode: 'Push', apiEndpoint: `https://127.0.0.1:${member.port}`, ...spec },
        },
      );
    const secretRef = { namespace: 'karmada-cluster', name: 'member' };
    await secret('member', { token: 'member-token', caBundle: member.caPem });
    await secret('impersonator', { token: 'impersonator-token' });
    await cluster('m1', { secretRef });
    await cluster('m2', { secretRef, impersonatorSecretRef: { namespace: 'karmada-cluster', name: 'impersonator' } });
    await cluster('pulled', { syncMode: 'Pull' });
    await cluster('bare', {});
    await cluster('gone', { secretRef, apiEndpoint: 'https://127.0.0.1:1' });
    await cluster('socks', { secretRef, proxyURL: 'socks5://127.0.0.1:1' });
    await cluster('behind', { secretRef, proxyURL: 'http://127.0.0.1:1' });
    await cluster('base', { secretRef, apiEndpoint: `https://127.0.0.1:${member.port}/k8s/clusters/c-1/` });
    api = await startApi({ deps: { connectors: [createClusterProxy({ store })] } });
  });
  afterAll(async () => {
    await api.close();
    stopping.abort();
    member.close();
  });
  beforeEach(() => {
    member.requests.length = 0;
    answer('{}');
  });

  it('passes a request on in the name of the caller, with the credentials of the cluster', async () => {
    answer('{"kind":"PodList"}');
    const got = await api.call('GET', `${proxy('m1')}/api/v1/pods?limit=1&labelSelector=a%3Db`, {
      headers: { 'x-mine': 'kept', accept: 'application/json;as=Table' },
    });
    expect([got.status, got.body]).toEqual([200, { kind: 'PodList' }]);
    const [request] = member.requests;
    expect(request?.url).toBe('/api/v1/pods?limit=1&labelSelector=a%3Db');
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer member-token',
      'impersonate-user': 'admin',
      'x-mine': 'kept',
      accept: 'application/json;as=Table',
      host: `127.0.0.1:${member.port}`,
    });
    expect(request?.headersDistinct['impersonate-group']).toEqual(['system:masters', 'system:authenticated']);
  });

  it('acts for whom the caller impersonates, by the rights that are checked here', async () => {
    await api.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'm1-reader' },
      rules: [
        { apiGroups: ['cluster.karmada.io'], resources: ['clusters/proxy'], resourceNames: ['m1'], verbs: ['get'] },
      ],
    });
    await api.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'jane' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'm1-reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
    });
    const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'team' };
    expect((await api.call('GET', `${proxy('m1')}/api/v1/pods`, { headers })).status).toBe(200);
    expect(member.requests[0]?.headers['impersonate-user']).toBe('jane');
    expect(member.requests[0]?.headersDistinct['impersonate-group']).toEqual(['team', 'system:authenticated']);
    expect((await api.call('DELETE', `${proxy('m1')}/api/v1/pods`, { headers })).status).toBe(403);
    expect((await api.call('GET', `${proxy('m2')}/api/v1/pods`, { headers })).status).toBe(403);
    expect((await api.call('GET', `${proxy('m1')}/api/v1/pods`, { token: '' })).status).toBe(403);
    expect(member.requests).toHaveLength(1);
  });

  it('uses the token that is meant for it where there is one', async () => {
    await api.call('GET', `${proxy('m2')}/version`);
    expect(member.requests[0]?.headers.authorization).toBe('Bearer impersonator-token');
  });

  it('keeps the path under which the member is served', async () => {
    await api.call('GET', `${proxy('base')}/api/v1/pods`);
    expect(member.requests[0]?.url).toBe('/k8s/clusters/c-1/api/v1/pods');
  });

  it('passes bodies and the answers to them on as they are', async () => {
    member.answer = (request, response) => {
      response.writeHead(422, { 'content-type': request.headers['content-type'] ?? '' });
      request.pipe(response);
    };
    const got = await api.call('PATCH', `${proxy('m1')}/api/v1/namespaces/a/configmaps/b`, {
      body: { data: { a: '1' } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect([got.status, got.headers['content-type'], got.body]).toEqual([
      422,
      'application/merge-patch+json',
      { data: { a: '1' } },
    ]);
  });

  it('streams a watch event by event, and ends it when the client leaves', async () => {
    let stream: ServerResponse | undefined;
    const closed = new Promise<void>((resolve) => {
      member.answer = (_request, response) => {
        stream = response;
        response.on('close', () => resolve());
        response.writeHead(200).write('{"type":"ADDED"}\n');
      };
    });
    const watch = await api.watch(`${proxy('m1')}/api/v1/pods?watch=1`);
    expect(await watch.next()).toEqual({ type: 'ADDED' });
    stream?.write('{"type":"MODIFIED"}\n');
    expect(await watch.next()).toEqual({ type: 'MODIFIED' });
    watch.close();
    await closed;
  });

  it('serves HTTP/2 clients', async () => {
    answer('{"kind":"NodeList"}');
    const stream = api
      .http2()
      .request({ ':path': `${proxy('m1')}/api/v1/nodes`, authorization: `Bearer ${adminToken}` });
    let text = '';
    stream.setEncoding('utf8');
    for await (const chunk of stream) text += String(chunk);
    expect(JSON.parse(text)).toEqual({ kind: 'NodeList' });
  });

  it.each([
    ['unknown', 404, 'clusters.cluster.karmada.io "unknown" not found'],
    ['pulled', 503, 'is in Pull mode'],
    ['bare', 503, 'has no address or no credentials'],
    ['gone', 503, 'error trying to reach cluster gone'],
    ['socks', 503, 'only http and https are supported'],
    ['behind', 503, 'error trying to reach cluster behind'],
  ])('answers a Status for the cluster %s', async (name, status, message) => {
    const got = await api.call('GET', `${proxy(name)}/api/v1/pods`);
    expect([got.status, got.body.kind]).toEqual([status, 'Status']);
    expect(got.body.message).toContain(message);
  });

  /** Asks for another protocol; resolves with all that came until the text is in it, or the connection ended. */
  function upgrade(path: string, until: string, send = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const { port } = new URL(api.url);
      const socket = connect({ port: Number(port), host: '127.0.0.1', ca: api.caPem }, () => {
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${adminToken}\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n`,
        );
      });
      let text = '';
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString();
        if (send !== '' && text.includes('101')) socket.write(send);
        if (!text.includes(until)) return;
        resolve(text);
        socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(text));
    });
  }

  it('lets a connection change its protocol, as exec and port-forward do', async () => {
    const text = await upgrade(`${proxy('m1')}/api/v1/namespaces/a/pods/b/exec?command=sh`, 'echo ls', 'ls');
    expect(text).toContain('HTTP/1.1 101 Switching Protocols');
    expect(member.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer member-token',
      'impersonate-user': 'admin',
      upgrade: 'test',
    });
  });

  it('passes the refusal of another protocol on', async () => {
    const text = await upgrade(`${proxy('m1')}/refused`, 'never');
    expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(text.toLowerCase()).not.toContain('chunked');
    expect(text.endsWith('\r\n\r\nno!')).toBe(true);
  });

  it('answers a Status when the member cannot be reached for another protocol', async () => {
    const text = await upgrade(`${proxy('gone')}/api/v1/namespaces/a/pods/b/exec`, 'never');
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect(text).toContain('"reason":"ServiceUnavailable"');
  });
});
