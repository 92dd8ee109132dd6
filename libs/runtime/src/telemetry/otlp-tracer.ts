/** Traces by OpenTelemetry, sent as OTLP over HTTP. Imported only where they're wanted: the libraries take 100 ms and 25 MiB. */
import { ROOT_CONTEXT, SpanKind as OtelKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SpanKind, Tracer } from './tracer.ts';

export interface OtlpTracerOptions {
  /** Base URL of the collector; traces go to `<endpoint>/v1/traces`. */
  readonly endpoint: string;
  readonly service: string;
  readonly version: string;
  /** Share of traces that begin here and are recorded, 0 to 1. Others' traces are recorded when they say so. */
  readonly sampledRatio: number;
  /** How long one attempt to send may take, retries included (default 5,000). */
  readonly exportTimeoutMs?: number;
}

export interface StoppableTracer extends Tracer {
  /** Sends what is left, for no longer than the exporter's timeout. */
  stop(): Promise<void>;
}

const queueMaxSpans = 2_048;

const kinds: Readonly<Record<SpanKind, OtelKind>> = {
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  producer: OtelKind.PRODUCER,
  consumer: OtelKind.CONSUMER,
  internal: OtelKind.INTERNAL,
};

export function createOtlpTracer(options: OtlpTracerOptions): StoppableTracer {
  const { endpoint, service, version, sampledRatio, exportTimeoutMs = 5_000 } = options;
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: exportTimeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampledRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, maxQueueSize: queueMaxSpans, exportTimeoutMillis: exportTimeoutMs }),
    ],
  });
  const tracer = provider.getTracer('flotilla', version);
  return {
    start(name, { kind, parent, attributes = {} }) {
      const context =
        parent === undefined
          ? ROOT_CONTEXT
          : trace.setSpanContext(ROOT_CONTEXT, {
              traceId: parent.traceId,
              spanId: parent.spanId,
              traceFlags: parent.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
              isRemote: true,
            });
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, context);
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        context: { traceId, spanId, isSampled: (traceFlags & TraceFlags.SAMPLED) !== 0 },
        set: (key, value) => void span.setAttribute(key, value),
        fail: (message) => void span.setStatus({ code: SpanStatusCode.ERROR, message }),
        end: () => span.end(),
      };
    },
    stop: () => provider.shutdown(),
  };
}
