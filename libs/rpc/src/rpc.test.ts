/** Server and client over real sockets. */
import { connect } from 'node:net';
import { createCertificateAuthority } from '@flotilla/kubeapi/pki/certificate-authority';
import { noMetrics } from '@flotilla/runtime/telemetry/metrics';
import { noTracer, type Span, type SpanOptions } from '@flotilla/runtime/telemetry/tracer';
import { Client, credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CallContext } from './call-context.ts';
import { DomainError } from './domain-error.ts';
import {
  PlacementServiceService,
  type ExplainResponse,
  type WatchDecisionsResponse,
} from './generated/flotilla/v1/placement_service.ts';
import { rpcService, type Implementation } from './handlers.ts';
import type { RpcReport } from './observe-calls.ts';
import { createRpcClient, type RpcChannel, type RpcClientOptions } from './rpc-client.ts';
import { createRpcServer, type RpcServer, type RpcServerOptions } from './rpc-server.ts';
import type { TlsIdentity } from './tls.ts';

type Placement = typeof PlacementServiceService;

const options = { timeoutMs: 10_000 };
const binding = { namespace: 'default', name: 'nginx-deployment' };
const explained: ExplainResponse = { decision: undefined, lines: ['one', 'two'] };
const caughtUp = (revision: number): WatchDecisionsResponse => ({
  event: { $case: 'caughtUp', value: {} },
  revision: BigInt(revision),
});

async function* endless(signal: AbortSignal): AsyncGenerator<WatchDecisionsResponse> {
  for (let revision = 1; !signal.aborted; revision++) {
    yield caughtUp(revision);
    if (revision < 3) continue;
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
  }
}

const wellBehaved: Implementation<Placement> = {
  explain: () => Promise.resolve(explained),
  watchDecisions: (_, { signal }) => endless(signal),
};

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Served {
  readonly server: RpcServer;
  readonly reports: RpcReport[];
}

async function serve(
  implementation: Partial<Implementation<Placement>> = {},
  more: Partial<RpcServerOptions> = {},
  tracer = noTracer,
): Promise<Served> {
  const reports: RpcReport[] = [];
  const server = await createRpcServer(
    {
      services: [rpcService(PlacementServiceService, { ...wellBehaved, ...implementation })],
      metrics: noMetrics,
      tracer,
      monotonicNow: () => performance.now(),
      report: (report) => reports.push(report),
    },
    { host: '127.0.0.1', port: 0, tls: 'none', drainMaxMs: 200, ...more },
  );
  closing.push(() => server.stop());
  return { server, reports };
}

function clientOf(
  ports: readonly number[],
  more: Partial<RpcClientOptions<Placement>> = {},
): RpcChannel<Placement>['methods'] {
  const channel = createRpcClient(
    PlacementServiceService,
    { metrics: noMetrics, tracer: noTracer, monotonicNow: () => performance.now() },
    { addresses: ports.map((port) => `127.0.0.1:${port}`), tls: 'none', safeMethods: ['explain'], ...more },
  );
  closing.push(() => channel.close());
  return channel.methods;
}

const failure = async (promise: Promise<unknown>): Promise<DomainError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof DomainError)) throw new Error(`no DomainError: ${String(error)}`);
  return error;
};

describe('a call', () => {
  it('gets its answer, and both sides know it by the same id', async () => {
    const seen: CallContext[] = [];
    const { server, reports } = await serve({
      explain(request, context) {
        seen.push(context);
        expect(request.binding).toEqual(binding);
        return Promise.resolve(explained);
      },
    });
    const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), isSampled: true };
    const answer = await clientOf([server.port]).explain({ binding }, { ...options, requestId: 'apply-7', trace });
    expect(answer).toEqual(explained);
    expect(seen[0]).toMatchObject({ requestId: 'apply-7', trace, caller: undefined });
    expect(reports).toMatchObject([
      {
        kind: 'rpc-handled',
        path: '/flotilla.v1.PlacementService/Explain',
        requestId: 'apply-7',
        code: 'OK',
        traceId: trace.traceId,
      },
    ]);
  });

  it('is given an id when the caller sent none, or one that could fake lines of a log', async () => {
    const seen: string[] = [];
    const { server } = await serve({
      explain(_, { requestId }) {
        seen.push(requestId);
        return Promise.resolve(explained);
      },
    });
    const client = clientOf([server.port]);
    await client.explain({ binding }, options);
    await client.explain({ binding }, { ...options, requestId: 'a"}{"b' });
    expect(seen.map((id) => /^[0-9a-f-]{36}$/.test(id))).toEqual([true, true]);
  });

  it('is part of the caller’s trace, as a span of its own', async () => {
    const started: SpanOptions[] = [];
    const own = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), isSampled: true };
    const start = (_name: string, spanOptions: SpanOptions): Span => {
      started.push(spanOptions);
      return { context: own, set: () => undefined, fail: () => undefined, end: () => undefined };
    };
    const seen: CallContext[] = [];
    const explain = (_: unknown, context: CallContext): Promise<ExplainResponse> => {
      seen.push(context);
      return Promise.resolve(explained);
    };
    const { server } = await serve({ explain }, {}, { start });
    const parent = { traceId: 'c'.repeat(32), spanId: 'e'.repeat(16), isSampled: true };
    await clientOf([server.port]).explain({ binding }, { ...options, trace: parent });
    expect(started[0]).toMatchObject({ kind: 'server', parent });
    expect(seen[0]?.trace).toEqual(own);
  });

  it('fails with what the handler threw', async () => {
    const details = { violations: [{ field: 'binding.name', description: 'is empty' }] };
    const { server } = await serve({
      explain: () => Promise.reject(new DomainError('invalid', 'NameMissing', 'no name', { details })),
    });
    const error = await failure(clientOf([server.port]).explain({ binding }, options));
    expect([error.code, error.reason, error.message, error.details]).toEqual([
      'invalid',
      'NameMissing',
      'no name',
      details,
    ]);
  });

  it('fails as internal for what nobody expected; the cause is for the server’s log', async () => {
    const cause = new TypeError('secret');
    const { server, reports } = await serve({ explain: () => Promise.reject(cause) });
    const error = await failure(clientOf([server.port]).explain({ binding }, options));
    expect([error.code, error.message]).toEqual(['internal', 'internal error']);
    expect(reports.find(({ kind }) => kind === 'rpc-failed')).toMatchObject({ error: cause });
  });

  it('ends at its deadline, and the handler is told', async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const { server } = await serve({
      explain: (_, { signal }) => {
        signal.addEventListener('abort', () => tell());
        return new Promise(() => undefined);
      },
    });
    const error = await failure(clientOf([server.port]).explain({ binding }, { timeoutMs: 50 }));
    expect([error.code, error.isRetryable]).toEqual(['timeout', true]);
    await told;
  });

  it('ends when its caller gives up', async () => {
    const began = Promise.withResolvers<void>();
    const { server } = await serve({
      explain: () => {
        began.resolve();
        return new Promise(() => undefined);
      },
    });
    const abort = new AbortController();
    const call = failure(clientOf([server.port]).explain({ binding }, { ...options, signal: abort.signal }));
    await began.promise;
    abort.abort();
    expect((await call).reason).toBe('Cancelled');
  });

  it.each([
    ['request', { binding: { namespace: 'n'.repeat(20_000), name: 'x' } }, explained],
    ['response', { binding }, { decision: undefined, lines: ['l'.repeat(20_000)] }],
  ])('with too large a %s is refused', async (_, request, response) => {
    const { server } = await serve({ explain: () => Promise.resolve(response) }, { messageMaxBytes: 10_000 });
    const error = await failure(clientOf([server.port]).explain(request, options));
    expect(error.code).toBe('exhausted');
  });

  it('goes on elsewhere when its server is killed', async () => {
    const [first, second] = [await serve(), await serve()];
    const client = clientOf([first.server.port, second.server.port]);
    await client.explain({ binding }, options);
    await first.server.stop();
    for (let attempt = 0; attempt < 4; attempt++) expect(await client.explain({ binding }, options)).toEqual(explained);
  });

  it('is spread over all addresses', async () => {
    const servers = [await serve(), await serve()];
    const client = clientOf(servers.map(({ server }) => server.port));
    // The second connection may come up after the first calls.
    await expect
      .poll(async () => {
        await client.explain({ binding }, options);
        return servers.every(({ reports }) => reports.length > 0);
      })
      .toBe(true);
  });

  it('fails as unavailable when nobody is there', async () => {
    const { server } = await serve();
    await server.stop();
    const error = await failure(clientOf([server.port], { safeMethods: [] }).explain({ binding }, options));
    expect([error.code, error.isRetryable]).toEqual(['unavailable', true]);
  });
});

describe('a stream', () => {
  it('brings its messages in order, and ends at the server when the caller leaves', async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    const { server } = await serve({
      watchDecisions: (_, { signal }) => {
        signal.addEventListener('abort', () => tell());
        return endless(signal);
      },
    });
    const revisions: bigint[] = [];
    for await (const { revision } of clientOf([server.port]).watchDecisions(
      { namespace: '', afterRevision: 0n },
      options,
    )) {
      revisions.push(revision);
      if (revisions.length === 3) break;
    }
    expect(revisions).toEqual([1n, 2n, 3n]);
    await told;
  });

  it('fails with what the handler threw, after what it had sent', async () => {
    const { server } = await serve({
      async *watchDecisions() {
        yield caughtUp(1);
        throw new DomainError('expired', 'RevisionExpired', 'begin again');
      },
    });
    const got: bigint[] = [];
    const error = await failure(
      (async () => {
        for await (const { revision } of clientOf([server.port]).watchDecisions(
          { namespace: '', afterRevision: 5n },
          options,
        ))
          got.push(revision);
      })(),
    );
    expect([got, error.code, error.reason]).toEqual([[1n], 'expired', 'RevisionExpired']);
  });

  it('waits for a slow reader instead of filling memory', async () => {
    let made = 0;
    const { server } = await serve({
      async *watchDecisions(_, { signal }) {
        const reasonsJson = Buffer.alloc(100_000);
        while (!signal.aborted && made < 1_000) {
          made += 1;
          const decision = {
            binding,
            workload: undefined,
            outcome: 0,
            message: '',
            targets: [],
            reasonsJson,
            revision: 1n,
          } as const;
          yield { event: { $case: 'decided', value: decision }, revision: 1n };
        }
      },
    });
    for await (const _ of clientOf([server.port]).watchDecisions({ namespace: '', afterRevision: 0n }, options)) {
      await new Promise(setImmediate);
      break;
    }
    expect(made).toBeLessThan(200);
  });

  it('is told to go elsewhere when the server drains', async () => {
    const { server } = await serve();
    const got: bigint[] = [];
    const error = await failure(
      (async () => {
        for await (const { revision } of clientOf([server.port]).watchDecisions(
          { namespace: '', afterRevision: 0n },
          options,
        )) {
          got.push(revision);
          if (got.length === 3) void server.stop();
        }
      })(),
    );
    expect([error.code, error.reason]).toEqual(['unavailable', 'ServerDraining']);
  });
});

describe('a server that stops', () => {
  it('lets calls finish that are under way', async () => {
    const [began, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { server } = await serve(
      {
        async explain() {
          began.resolve();
          await go.promise;
          return explained;
        },
      },
      { drainMaxMs: 10_000 },
    );
    const call = clientOf([server.port]).explain({ binding }, options);
    await began.promise;
    const stopping = server.stop();
    go.resolve();
    expect(await call).toEqual(explained);
    await stopping;
  });

  it('cuts those that take longer than the deadline', async () => {
    const began = Promise.withResolvers<void>();
    const { server, reports } = await serve(
      {
        explain() {
          began.resolve();
          return new Promise(() => undefined);
        },
      },
      { drainMaxMs: 20 },
    );
    const call = failure(clientOf([server.port], { safeMethods: [] }).explain({ binding }, options));
    await began.promise;
    await server.stop();
    expect((await call).code).toBe('unavailable');
    expect(reports.map(({ kind }) => kind)).toContain('rpc-drain-cut-short');
  });

  it('says that a port is taken', async () => {
    const { server } = await serve();
    const error = await failure(serve({}, { port: server.port }));
    expect([error.code, error.reason]).toEqual(['failed-precondition', 'ListenFailed']);
  });
});

describe('mutual TLS', () => {
  let ours: TlsIdentity;
  let client: TlsIdentity;
  let stranger: TlsIdentity;
  beforeAll(async () => {
    const authority = await createCertificateAuthority('test', Date.now());
    const other = await createCertificateAuthority('other', Date.now());
    const caPem = authority.keyPair.certPem;
    ours = {
      ...(await authority.issueServing({
        commonName: 'scheduler',
        dnsNames: ['scheduler'],
        ipAddresses: ['127.0.0.1'],
      })),
      caPem,
    };
    client = { ...(await authority.issueClient({ userName: 'flotilla:registry', groups: [] })), caPem };
    stranger = { ...(await other.issueClient({ userName: 'flotilla:registry', groups: [] })), caPem };
  });

  it('tells the handler who calls', async () => {
    const callers: (string | undefined)[] = [];
    const { server } = await serve(
      {
        explain(_, { caller }) {
          callers.push(caller);
          return Promise.resolve(explained);
        },
      },
      { tls: ours },
    );
    await clientOf([server.port], { tls: client }).explain({ binding }, options);
    await clientOf([server.port], { tls: client, serverName: 'scheduler' }).explain({ binding }, options);
    expect(callers).toEqual(['flotilla:registry', 'flotilla:registry']);
  });

  it.each([
    ['of another authority', () => ({ tls: stranger })],
    ['that is missing', () => ({ tls: 'none' as const })],
    ['while the server answers under another name', () => ({ tls: client, serverName: 'gateway' })],
    ['while trusting another authority', () => ({ tls: { ...client, caPem: stranger.certPem } })],
  ])('refuses a client with a certificate %s', async (_, more) => {
    const { server, reports } = await serve({}, { tls: ours });
    const error = await failure(
      clientOf([server.port], { ...more(), safeMethods: [] }).explain({ binding }, { timeoutMs: 5_000 }),
    );
    expect(error.code).toBe('unavailable');
    expect(reports).toEqual([]);
  });
});

describe('what every server answers', () => {
  it('is its health', async () => {
    const { server } = await serve({}, { drainMaxMs: 10 });
    const Health = makeGenericClientConstructor(healthService, 'Health');
    const health = new Health(`127.0.0.1:${server.port}`, credentials.createInsecure());
    closing.push(() => health.close());
    const check = (service: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        health['check']?.({ service }, (error: Error | null, answer: { readonly status: unknown }) =>
          error === null ? resolve(answer.status) : reject(error),
        );
      });
    expect([await check(''), await check('flotilla.v1.PlacementService')]).toEqual(['SERVING', 'SERVING']);
    server.setServing(false);
    expect(await check('')).toBe('NOT_SERVING');
  });

  it('is its own description', async () => {
    const { server } = await serve();
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    closing.push(() => client.close());
    const call = client.makeBidiStreamRequest(
      '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      (request: Buffer) => request,
      (response) => response.toString('latin1'),
    );
    // list_services = 7, any text.
    call.write(Buffer.from([0x3a, 0x01, 0x2a]));
    for await (const answer of call) {
      expect(answer).toContain('flotilla.v1.PlacementService');
      expect(answer).toContain('flotilla.v1.ClusterService');
      break;
    }
    call.cancel();
    call.on('error', () => undefined);
  });

  it('is nothing, to garbage: it goes on', async () => {
    const { server } = await serve();
    const socket = connect(server.port, '127.0.0.1');
    const closed = Promise.withResolvers<void>();
    socket.on('close', () => closed.resolve());
    socket.on('error', () => undefined);
    socket.end('GET / HTTP/1.1\r\n\r\n');
    socket.resume();
    await closed.promise;
    expect(await clientOf([server.port]).explain({ binding }, options)).toEqual(explained);
  });
});
