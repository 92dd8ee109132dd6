import { afterEach, describe, expect, it } from 'vitest';
import { createHealth, type Health } from './health.ts';
import { startHealthServer, type HealthServer } from './health-server.ts';

const servers: HealthServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

interface Answer {
  readonly code: number;
  readonly body: string;
}

async function serve(): Promise<{
  readonly health: Health;
  readonly get: (path: string, method?: string) => Promise<Answer>;
}> {
  const health = createHealth();
  const server = await startHealthServer(
    { health, expose: async () => 'flotilla_x_y 1\n' },
    { host: '127.0.0.1', port: 0 },
  );
  servers.push(server);
  return {
    health,
    async get(path, method = 'GET') {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
      return { code: response.status, body: await response.text() };
    },
  };
}

describe('health over HTTP', () => {
  it('is ok when no check says otherwise', async () => {
    const { health, get } = await serve();
    health.addReadiness('log', () => undefined);
    expect(await get('/readyz')).toEqual({ code: 200, body: 'ok' });
    expect(await get('/livez')).toEqual({ code: 200, body: 'ok' });
    expect(await get('/readyz?verbose')).toEqual({ code: 200, body: '[+]log ok\nreadyz check passed\n' });
  });

  it('names what is wrong, and stays alive while it is not ready', async () => {
    const { health, get } = await serve();
    health.addReadiness('log', () => 'no answer for 3 s');
    const remove = health.addReadiness('leases', () => {
      throw new Error('broken');
    });
    expect(await get('/readyz')).toEqual({
      code: 503,
      body: '[-]log failed: no answer for 3 s\n[-]leases failed: broken\nreadyz check failed\n',
    });
    expect((await get('/livez')).code).toBe(200);
    remove();
    expect((await get('/readyz')).body).not.toContain('leases');
  });

  it('is over for callers once the process ends', async () => {
    const { health, get } = await serve();
    health.shutDown();
    expect(await get('/readyz')).toMatchObject({ code: 503, body: expect.stringContaining('shutdown') });
    expect((await get('/livez')).code).toBe(200);
  });

  it('comes with metrics', async () => {
    const { get } = await serve();
    expect(await get('/metrics')).toEqual({ code: 200, body: 'flotilla_x_y 1\n' });
  });

  it.each([
    ['another path', '/', 'GET', 404],
    ['a write', '/livez', 'POST', 405],
    ['only the head', '/livez', 'HEAD', 200],
  ])('answers %s', async (_, path, method, code) => {
    const { get } = await serve();
    expect((await get(path, method)).code).toBe(code);
  });

  it('cannot have two checks of one name', () => {
    const health = createHealth();
    health.addLiveness('x', () => undefined);
    expect(() => health.addLiveness('x', () => undefined)).toThrow(/already/);
  });
});
