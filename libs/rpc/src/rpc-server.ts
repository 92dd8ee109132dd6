import { readFile } from 'node:fs/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { DomainError } from './domain-error.ts';
import { makeHandlers, type RpcService } from './handlers.ts';
import { observeServer, type ObserverDeps, type RpcReport } from './observe-calls.ts';
import { silenceGrpc } from './grpc-log.ts';
import { rpcLimits } from './rpc-limits.ts';
import type { TlsIdentity } from './tls.ts';

export interface RpcServerDeps extends ObserverDeps {
  readonly services: readonly RpcService[];
  readonly report: (report: RpcReport) => void;
}

export interface RpcServerOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Both sides show certificates; `none` is for tests and for sockets that only this machine reaches. */
  readonly tls: TlsIdentity | 'none';
  /** Largest request and response (default 4 MiB). */
  readonly messageMaxBytes?: number;
  /** How long calls may go on once the server is to stop (default 10 s). */
  readonly drainMaxMs?: number;
  /** Connections are closed gently after so long, so that callers come to know of new replicas (default 10 min). */
  readonly connectionMaxAgeMs?: number;
  /** Serves the server reflection protocol (default true). */
  readonly hasReflection?: boolean;
}

export interface RpcServer {
  readonly port: number;
  /** What grpc.health.v1 answers; SERVING from the start. */
  setServing(isServing: boolean): void;
  /** Takes no new calls, ends streams with UNAVAILABLE, lets the rest finish within the deadline and cuts what doesn't. */
  stop(): Promise<void>;
}

/** Listens when resolved. Throws DomainError `failed-precondition` when the port is taken or the certificate is none. */
export async function createRpcServer(deps: RpcServerDeps, options: RpcServerOptions): Promise<RpcServer> {
  silenceGrpc();
  const { report, services } = deps;
  const { drainMaxMs = 10_000, messageMaxBytes = rpcLimits.messageMaxBytes } = options;
  const draining = new AbortController();
  const server = new Server({
    interceptors: [observeServer(deps, report)],
    'grpc.max_receive_message_length': messageMaxBytes,
    'grpc.max_send_message_length': messageMaxBytes,
    'grpc.keepalive_time_ms': rpcLimits.keepaliveEveryMs,
    'grpc.keepalive_timeout_ms': rpcLimits.keepaliveTimeoutMs,
    'grpc.max_concurrent_streams': rpcLimits.streamsPerConnectionMax,
    'grpc.max_connection_age_ms': options.connectionMaxAgeMs ?? 600_000,
    'grpc.max_connection_age_grace_ms': drainMaxMs,
  });
  for (const service of services) {
    const onInternalError = (path: string, requestId: string, error: unknown): void =>
      report({ kind: 'rpc-failed', level: 'error', path, requestId, error });
    server.addService(service.definition, makeHandlers(service, { draining: draining.signal, onInternalError }));
  }
  const health = await addHealth(server, services);
  if (options.hasReflection !== false) await addReflection(server);
  const port = await bind(server, options);
  return {
    port,
    setServing: health,
    async stop() {
      health(false);
      draining.abort(new DomainError('unavailable', 'ServerDraining', 'the server is shutting down'));
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => resolve(false), drainMaxMs);
      server.tryShutdown(() => resolve(true));
      const isDrained = await promise;
      clearTimeout(timer);
      if (isDrained) return;
      report({ kind: 'rpc-drain-cut-short', level: 'warn', drainMaxMs });
      server.forceShutdown();
    },
  };
}

async function addHealth(server: Server, services: readonly RpcService[]): Promise<(isServing: boolean) => void> {
  const { HealthImplementation } = await import('grpc-health-check');
  const names = services.map(({ definition }) => Object.values(definition)[0]?.path.split('/')[1] ?? '');
  const health = new HealthImplementation();
  health.addToServer(server);
  const setServing = (isServing: boolean): void => {
    for (const name of ['', ...names]) health.setStatus(name, isServing ? 'SERVING' : 'NOT_SERVING');
  };
  setServing(true);
  return setServing;
}

async function addReflection(server: Server): Promise<void> {
  const [{ ReflectionService }, { loadFileDescriptorSetFromBuffer }, descriptors] = await Promise.all([
    import('@grpc/reflection'),
    import('@grpc/proto-loader'),
    readFile(new URL('./generated/descriptors.binpb', import.meta.url)),
  ]);
  new ReflectionService(loadFileDescriptorSetFromBuffer(descriptors)).addToServer(server);
}

function bind(server: Server, { host, port, tls }: RpcServerOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const refuse = (error: unknown): void =>
    reject(new DomainError('failed-precondition', 'ListenFailed', `can't serve gRPC on ${target}`, { cause: error }));
  try {
    server.bindAsync(target, credentialsOf(tls), (error, bound) => (error === null ? resolve(bound) : refuse(error)));
  } catch (error) {
    refuse(error);
  }
  return promise;
}

function credentialsOf(tls: RpcServerOptions['tls']): ServerCredentials {
  if (tls === 'none') return ServerCredentials.createInsecure();
  const pair = { private_key: Buffer.from(tls.keyPem), cert_chain: Buffer.from(tls.certPem) };
  return ServerCredentials.createSsl(Buffer.from(tls.caPem), [pair], true);
}
