/** Trace, request id, metrics and access log of every call, on the server's side and on the client's. */
import {
  InterceptingCall,
  ServerInterceptingCall,
  status,
  type Interceptor,
  type Metadata,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import { latencyBucketsSeconds, type Metrics } from '@flotilla/runtime/telemetry/metrics';
import { traceHeaders, type Span, type Tracer } from '@flotilla/runtime/telemetry/tracer';
import { putContext, requestIdOf, traceOf } from './call-context.ts';

export type RpcReport =
  /** The access log. */
  | {
      readonly kind: 'rpc-handled';
      readonly level: 'debug';
      readonly path: string;
      readonly requestId: string;
      readonly traceId: string | undefined;
      readonly peer: string;
      readonly code: string;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'rpc-failed';
      readonly level: 'error';
      readonly path: string;
      readonly requestId: string;
      readonly error: unknown;
    }
  | { readonly kind: 'rpc-drain-cut-short'; readonly level: 'warn'; readonly drainMaxMs: number };

export interface ObserverDeps {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicNow: () => number;
}

/** `/flotilla.v1.PlacementService/Explain` → service and method. */
function labelsOf(path: string, code: status): Readonly<Record<'service' | 'method' | 'code', string>> {
  const [, service = '', method = ''] = path.split('/');
  return { service, method, code: codeName(code) };
}

function codeName(code: status): string {
  return status[code] ?? 'UNKNOWN';
}

export function observeServer(
  { metrics, tracer, monotonicNow }: ObserverDeps,
  report: (report: RpcReport) => void,
): ServerInterceptor {
  const durations = metrics.histogram({
    name: 'flotilla_rpc_server_duration_seconds',
    help: 'Time from the arrival of a call to its status, by method and code.',
    labels: ['service', 'method', 'code'],
    buckets: latencyBucketsSeconds,
  });
  return ({ path }, call) => {
    const startedAtMs = monotonicNow();
    let requestId = '';
    let span: Span | undefined;
    let isOver = false;
    const over = (code: status): void => {
      if (isOver) return;
      isOver = true;
      const durationMs = monotonicNow() - startedAtMs;
      durations.observe(labelsOf(path, code), durationMs / 1_000);
      if (code !== status.OK) span?.fail(codeName(code));
      span?.end();
      const traceId = span?.context?.traceId;
      report({
        kind: 'rpc-handled',
        level: 'debug',
        path,
        requestId,
        traceId,
        peer: call.getPeer(),
        code: codeName(code),
        durationMs,
      });
    };
    const begin = (metadata: Metadata): void => {
      requestId = requestIdOf(metadata);
      span = tracer.start(path.slice(1), {
        kind: 'server',
        parent: traceOf(metadata),
        attributes: { 'rpc.system': 'grpc' },
      });
      putContext(metadata, requestId, traceHeaders(span));
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata(metadata, deliver) {
            begin(metadata);
            deliver(metadata);
          },
          onCancel: () => over(status.CANCELLED),
        }),
      sendStatus(sent, next) {
        over(sent.code ?? status.UNKNOWN);
        next(sent);
      },
    });
  };
}

export function observeClient({ metrics, tracer, monotonicNow }: ObserverDeps): Interceptor {
  const durations = metrics.histogram({
    name: 'flotilla_rpc_client_duration_seconds',
    help: 'Time from a call, with its retries, to its status, by method and code.',
    labels: ['service', 'method', 'code'],
    buckets: latencyBucketsSeconds,
  });
  return (options, nextCall) => {
    const { path } = options.method_definition;
    const startedAtMs = monotonicNow();
    return new InterceptingCall(nextCall(options), {
      start(metadata, _listener, next) {
        const span = tracer.start(path.slice(1), {
          kind: 'client',
          parent: traceOf(metadata),
          attributes: { 'rpc.system': 'grpc' },
        });
        putContext(metadata, requestIdOf(metadata), traceHeaders(span));
        next(metadata, {
          onReceiveStatus(received, deliver) {
            durations.observe(labelsOf(path, received.code), (monotonicNow() - startedAtMs) / 1_000);
            if (received.code !== status.OK) span.fail(codeName(received.code));
            span.end();
            deliver(received);
          },
        });
      },
    });
  };
}
