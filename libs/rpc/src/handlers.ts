/** Handlers as plain async functions and generators, made into what gRPC's server calls: errors become status, giving up becomes an abort. */
import type {
  ServiceDefinition as GrpcServiceDefinition,
  sendUnaryData,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { requestIdOf, traceOf, type CallContext } from './call-context.ts';
import { DomainError } from './domain-error.ts';
import { statusFromError } from './error-status.ts';
import type { MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from './service-definition.ts';

/**
 * One function per method. What it throws becomes the status: a DomainError as itself, anything else as `internal`. A stream that its caller no longer wants is told by the signal, and
 * `return` is called on it.
 */
export type Implementation<S extends ServiceDefinition> = {
  readonly [M in keyof S]: S[M]['responseStream'] extends true
    ? (request: RequestOf<S[M]>, context: CallContext) => AsyncIterable<ResponseOf<S[M]>>
    : (request: RequestOf<S[M]>, context: CallContext) => Promise<ResponseOf<S[M]>>;
};

/** A service to be served. */
export interface RpcService {
  readonly definition: ServiceDefinition & GrpcServiceDefinition;
  readonly implementation: Readonly<Record<string, unknown>>;
}

export function rpcService<S extends ServiceDefinition & GrpcServiceDefinition>(
  definition: S,
  implementation: Implementation<S>,
): RpcService {
  return { definition, implementation };
}

export interface HandlerDeps {
  /** Aborts when the server drains. */
  readonly draining: AbortSignal;
  /** Called with what went wrong in this process, before the caller is told `internal`. */
  readonly onInternalError: (path: string, requestId: string, error: unknown) => void;
}

type UnaryFunction = (request: unknown, context: CallContext) => Promise<unknown>;
type StreamFunction = (request: unknown, context: CallContext) => AsyncIterable<unknown>;
type AnyCall = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

export function makeHandlers(
  { definition, implementation }: RpcService,
  deps: HandlerDeps,
): UntypedServiceImplementation {
  // `rpcService` has checked each function against its method; the list of methods is where that type ends.
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      method.responseStream
        ? streamHandler(method, implementation[name] as StreamFunction, deps)
        : unaryHandler(method, implementation[name] as UnaryFunction, deps),
    ]),
  );
}

function unaryHandler({ path }: MethodDefinition, handle: UnaryFunction, deps: HandlerDeps) {
  return (call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>): void => {
    const context = contextOf(call, callSignal(call));
    handle(call.request, context).then(
      (response) => answer(null, response),
      (error: unknown) => answer(statusFor(path, context, error, deps)),
    );
  };
}

function streamHandler({ path }: MethodDefinition, handle: StreamFunction, deps: HandlerDeps) {
  return (call: ServerWritableStream<unknown, unknown>): void => {
    const context = contextOf(call, AbortSignal.any([callSignal(call), deps.draining]));
    pipe(call, handle, context, deps.draining).then(
      () => call.end(),
      (error: unknown) => call.emit('error', statusFor(path, context, error, deps)),
    );
  };
}

async function pipe(
  call: ServerWritableStream<unknown, unknown>,
  handle: StreamFunction,
  context: CallContext,
  draining: AbortSignal,
): Promise<void> {
  for await (const response of handle(call.request, context)) {
    if (context.signal.aborted) break;
    if (!call.write(response)) await drained(call, context.signal);
  }
  if (draining.aborted)
    throw new DomainError('unavailable', 'ServerDraining', 'the server is shutting down: go on elsewhere');
}

function drained(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    call.off('drain', done);
    signal.removeEventListener('abort', done);
    resolve();
  };
  call.once('drain', done);
  signal.addEventListener('abort', done, { once: true });
  if (signal.aborted) done();
  return promise;
}

function callSignal(call: AnyCall): AbortSignal {
  const controller = new AbortController();
  call.once('cancelled', () => controller.abort(new DomainError('unavailable', 'Cancelled', 'the caller gave up')));
  return controller.signal;
}

function contextOf(call: AnyCall, signal: AbortSignal): CallContext {
  const name = call.getAuthContext().sslPeerCertificate?.subject.CN;
  return {
    signal,
    requestId: requestIdOf(call.metadata),
    trace: traceOf(call.metadata),
    caller: Array.isArray(name) ? name[0] : name,
  };
}

function statusFor(path: string, { requestId }: CallContext, error: unknown, deps: HandlerDeps) {
  const isInternal = !(error instanceof DomainError) || error.code === 'internal';
  if (isInternal) deps.onInternalError(path, requestId, error);
  return statusFromError(error);
}
