import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createOtlpTracer } from './otlp-tracer.ts';

interface Received {
  readonly path: string;
  readonly body: string;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function collector(): Promise<{ readonly endpoint: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      received.push({ path: request.url ?? '', body: Buffer.concat(chunks).toString() });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  servers.push(server);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return { endpoint: `http://127.0.0.1:${address.port}/`, received };
}

describe('traces over OTLP', () => {
  it('reach the collector with their parents, attributes and failures when the process stops', async () => {
    const { endpoint, received } = await collector();
    const tracer = createOtlpTracer({ endpoint, service: 'scheduler', version: '0.1.0', sampledRatio: 1 });
    const outer = tracer.start('flotilla.v1.PlacementService/Explain', {
      kind: 'server',
      attributes: { 'rpc.system': 'grpc' },
    });
    const inner = tracer.start('place', { kind: 'internal', parent: outer.context });
    expect(inner.context?.traceId).toBe(outer.context?.traceId);
    inner.set('clusters', 3);
    inner.fail('no cluster fits');
    inner.end();
    outer.end();
    await tracer.stop();
    expect(received.map(({ path }) => path)).toEqual(['/v1/traces']);
    const [{ body } = { body: '' }] = received;
    for (const part of ['"scheduler"', '"place"', '"rpc.system"', 'no cluster fits', outer.context?.spanId ?? 'none']) {
      expect(body).toContain(part);
    }
  });

  it('follow what others decided about recording', async () => {
    const { endpoint, received } = await collector();
    const tracer = createOtlpTracer({ endpoint, service: 's', version: '1', sampledRatio: 0 });
    const parent = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true };
    tracer.start('recorded', { kind: 'consumer', parent }).end();
    const own = tracer.start('left-out', { kind: 'consumer' });
    own.end();
    await tracer.stop();
    expect(own.context?.isSampled).toBe(false);
    expect(received[0]?.body).toContain('recorded');
    expect(received[0]?.body).not.toContain('left-out');
  });

  it('are given up when nobody takes them: the process goes on and ends', async () => {
    const tracer = createOtlpTracer({
      endpoint: 'http://127.0.0.1:1',
      service: 's',
      version: '1',
      sampledRatio: 1,
      exportTimeoutMs: 50,
    });
    tracer.start('x', { kind: 'internal' }).end();
    await expect(tracer.stop().catch(() => undefined)).resolves.toBeUndefined();
  });
});
