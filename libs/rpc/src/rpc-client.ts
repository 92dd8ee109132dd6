import { Client, credentials, Metadata, type ChannelCredentials, type ClientReadableStream } from '@grpc/grpc-js';
import { traceHeaders, type TraceContext } from '@flotilla/runtime/telemetry/tracer';
import { putContext, requestIdOf } from './call-context.ts';
import { DomainError } from './domain-error.ts';
import { errorFromStatus } from './error-status.ts';
import { observeClient, type ObserverDeps } from './observe-calls.ts';
import { silenceGrpc } from './grpc-log.ts';
import { rpcLimits } from './rpc-limits.ts';
import type { MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from './service-definition.ts';
import type { TlsIdentity } from './tls.ts';

export interface CallOptions {
  /** How long the call may take in all, with its retries. Calls without end aren't made: a watch says how long it wants to go on, and begins again. */
  readonly timeoutMs: number;
  /** What the call is part of. */
  readonly trace?: TraceContext | undefined;
  /** Passed on, so that logs of both sides can be put together; absent: a new one. */
  readonly requestId?: string;
  readonly signal?: AbortSignal;
}

/** The methods of a service. Failed calls throw DomainError. Leaving the loop over a stream ends the call. */
export type RpcClient<S extends ServiceDefinition> = {
  readonly [M in keyof S]: S[M]['responseStream'] extends true
    ? (request: RequestOf<S[M]>, options: CallOptions) => AsyncIterable<ResponseOf<S[M]>>
    : (request: RequestOf<S[M]>, options: CallOptions) => Promise<ResponseOf<S[M]>>;
};

export interface RpcChannel<S extends ServiceDefinition> {
  readonly methods: RpcClient<S>;
  close(): void;
}

export interface RpcClientOptions<S extends ServiceDefinition> {
  /** `host:port` each. Several must be IP addresses; one name may stand for several addresses. Calls go to all that answer, in turn. */
  readonly addresses: readonly string[];
  readonly tls: TlsIdentity | 'none';
  /** The name that the servers' certificates carry, where it isn't the one dialled. */
  readonly serverName?: string;
  /** Methods that may be tried again when nobody answered: those that change nothing, or the same thing twice. */
  readonly safeMethods: readonly (keyof S & string)[];
  /** Largest request and response (default 4 MiB). */
  readonly messageMaxBytes?: number;
}

const attemptsMax = 4;

export function createRpcClient<S extends ServiceDefinition>(
  definition: S,
  deps: ObserverDeps,
  options: RpcClientOptions<S>,
): RpcChannel<S> {
  silenceGrpc();
  const { messageMaxBytes = rpcLimits.messageMaxBytes, serverName } = options;
  const client = new Client(targetOf(options.addresses), credentialsOf(options.tls), {
    interceptors: [observeClient(deps)],
    'grpc.max_receive_message_length': messageMaxBytes,
    'grpc.max_send_message_length': messageMaxBytes,
    'grpc.keepalive_time_ms': rpcLimits.keepaliveEveryMs,
    'grpc.keepalive_timeout_ms': rpcLimits.keepaliveTimeoutMs,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 5_000,
    'grpc.service_config': JSON.stringify(serviceConfig(definition, options.safeMethods)),
    'grpc.service_config_disable_resolution': 1,
    ...(serverName === undefined
      ? {}
      : { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName }),
  });
  const methods = Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      method.responseStream ? streamCall(client, method) : unaryCall(client, method),
    ]),
  );
  // Made from the definition, method by method: what the type says, too.
  return { methods: methods as RpcClient<S>, close: () => client.close() };
}

function targetOf(addresses: readonly string[]): string {
  const [first] = addresses;
  if (first === undefined) throw new DomainError('invalid', 'NoAddress', 'a client needs an address');
  if (addresses.length === 1) return /^(\[|[\d.]+:)/.test(first) ? ipTarget(addresses) : `dns:///${first}`;
  if (addresses.every((address) => /^(\[[0-9a-f:]+\]|[\d.]+):\d+$/i.test(address))) return ipTarget(addresses);
  throw new DomainError('invalid', 'MixedAddresses', 'several addresses must all be IP addresses with a port');
}

function ipTarget(addresses: readonly string[]): string {
  return `${addresses[0]?.startsWith('[') === true ? 'ipv6' : 'ipv4'}:${addresses.join(',')}`;
}

function credentialsOf(tls: TlsIdentity | 'none'): ChannelCredentials {
  if (tls === 'none') return credentials.createInsecure();
  return credentials.createSsl(Buffer.from(tls.caPem), Buffer.from(tls.keyPem), Buffer.from(tls.certPem));
}

/** https://github.com/grpc/proposal/blob/master/A6-client-retries.md */
function serviceConfig(definition: ServiceDefinition, safeMethods: readonly string[]): unknown {
  const names = safeMethods.map((name) => {
    const [, service, method] = definition[name]?.path.split('/') ?? [];
    return { service, method };
  });
  const retryPolicy = {
    maxAttempts: attemptsMax,
    initialBackoff: '0.1s',
    maxBackoff: '2s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return {
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: names.length === 0 ? [] : [{ name: names, retryPolicy }],
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  };
}

function metadataOf({ trace, requestId }: CallOptions): Metadata {
  const metadata = new Metadata();
  if (requestId !== undefined) metadata.set('x-request-id', requestId);
  putContext(metadata, requestIdOf(metadata), traceHeaders({ context: trace }));
  return metadata;
}

const serializer = (method: MethodDefinition) => method.requestSerialize as (value: unknown) => Buffer;

function unaryCall(client: Client, method: MethodDefinition) {
  return (request: unknown, options: CallOptions): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (options.signal?.aborted === true) return Promise.reject(cancelled(options.signal));
    const call = client.makeUnaryRequest(
      method.path,
      serializer(method),
      method.responseDeserialize,
      request,
      metadataOf(options),
      { deadline: Date.now() + options.timeoutMs },
      (error, response) => {
        options.signal?.removeEventListener('abort', cancel);
        if (error === null) resolve(response);
        else reject(errorFromStatus(error));
      },
    );
    const cancel = (): void => call.cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    return promise;
  };
}

function streamCall(client: Client, method: MethodDefinition) {
  return async function* (request: unknown, options: CallOptions): AsyncGenerator<unknown, void> {
    if (options.signal?.aborted === true) throw cancelled(options.signal);
    const call: ClientReadableStream<unknown> = client.makeServerStreamRequest(
      method.path,
      serializer(method),
      method.responseDeserialize,
      request,
      metadataOf(options),
      { deadline: Date.now() + options.timeoutMs },
    );
    const cancel = (): void => call.cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      for await (const response of call) yield response;
    } catch (error) {
      throw errorFromStatus(error);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
      // What comes after leaving the loop is the cancellation itself.
      call.on('error', () => undefined);
      call.cancel();
    }
  };
}

function cancelled(signal: AbortSignal): DomainError {
  return new DomainError('unavailable', 'Cancelled', 'the call was given up before it began', {
    isRetryable: false,
    cause: signal.reason,
  });
}
