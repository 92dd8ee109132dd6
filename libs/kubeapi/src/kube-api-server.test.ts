import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogUnavailable } from '@flotilla/log/event-log';
import { errorStatus } from './errors/error-status.ts';
import { adminToken, configMap, startApi, type ApiUnderTest } from './testing/api-under-test.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';

describe('the server', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.close());

  it('speaks HTTP/2', async () => {
    const session = api.http2();
    const send = (method: string, path: string, body?: string) =>
      new Promise<{ status: number; text: string }>((resolve, reject) => {
        const stream = session.request({
          ':method': method,
          ':path': path,
          authorization: `Bearer ${adminToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        });
        let status = 0;
        let text = '';
        stream.on('response', (headers) => (status = Number(headers[':status'])));
        stream.setEncoding('utf8');
        stream.on('data', (chunk: string) => (text += chunk));
        stream.on('end', () => resolve({ status, text }));
        stream.on('error', reject);
        stream.end(body);
      });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => send('POST', configMaps, JSON.stringify(configMap(`h2-${at}`)))),
    );
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    const list = await send('GET', configMaps);
    expect((JSON.parse(list.text) as { items: unknown[] }).items).toHaveLength(50);
    expect((await send('DELETE', `${configMaps}/h2-0`)).status).toBe(200);
  });

  it('serves discovery in both forms, and OpenAPI', async () => {
    const groups = await api.call('GET', '/apis');
    expect(groups.body.groups.map((group: { name: string }) => group.name)).toContain('policy.karmada.io');
    const aggregated = await api.call('GET', '/apis', {
      headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' },
    });
    expect(aggregated.body).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    const apps = aggregated.body.items.find((item: { metadata: { name: string } }) => item.metadata.name === 'apps');
    expect(
      apps.versions[0].resources.find((one: { resource: string }) => one.resource === 'deployments').subresources,
    ).toHaveLength(2);
    const resources = await api.call('GET', '/apis/apps/v1');
    expect(resources.body.resources.map((one: { name: string }) => one.name)).toContain('deployments/scale');
    const index = await api.call('GET', '/openapi/v3');
    const { serverRelativeURL } = index.body.paths['apis/policy.karmada.io/v1alpha1'] as { serverRelativeURL: string };
    const document = await api.call('GET', serverRelativeURL);
    expect(document.headers['cache-control']).toBe('public, immutable');
    expect(Object.keys(document.body.components.schemas as object).length).toBeGreaterThan(0);
  });

  it.each([
    ['GET', '/apis/none.example.com/v1/things', 404],
    ['GET', '/api/v1/things', 404],
    ['POST', `${configMaps}/named`, 405],
    ['PUT', configMaps, 405],
    ['GET', `${configMaps}/a/status`, 404],
  ])('answers %s %s with %i', async (method, path, status) => {
    expect((await api.call(method, path, method === 'GET' ? {} : { body: {} })).status).toBe(status);
  });

  it('survives clients that go away in the middle', async () => {
    const port = Number(new URL(api.url).port);
    await new Promise<void>((resolve) => {
      const socket = connectTls({ port, host: '127.0.0.1', ca: api.caPem }, () => {
        socket.write(
          `POST ${configMaps} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${adminToken}\r\nContent-Length: 1000\r\n\r\n{"api`,
        );
        socket.end(() => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect((await api.call('GET', '/readyz')).status).toBe(200);
  });
});

describe('overload', () => {
  it('is answered with 429 and a time to come back', async () => {
    const api = await startApi({ limits: { writesInFlightMax: 2 } });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) => api.call('POST', configMaps, { body: configMap(`o${at}`) })),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers['retry-after']).toBe('1');
    expect(answers.every(({ status }) => status === 201 || status === 429)).toBe(true);
    await api.close();
  });
});

describe('errors of the log', () => {
  it('become answers that say what to do', () => {
    const full = errorStatus(new LogUnavailable('DiskFull', '/data has 0 bytes left')).status;
    expect(full).toMatchObject({ code: 507, reason: 'InsufficientStorage' });
    expect(full.message).toContain('/data');
    expect(errorStatus(new LogUnavailable('Closed', '')).status.code).toBe(503);
    expect(errorStatus(new LogUnavailable('Unreachable', '')).status.code).toBe(503);
    const doubtful = errorStatus(new LogUnavailable('Undetermined', '')).status;
    expect(doubtful).toMatchObject({ code: 504, reason: 'Timeout' });
    expect(doubtful.message).toContain('may or may not');
    expect(errorStatus(new Error('secret detail')).status.message).not.toContain('secret');
  });
});
