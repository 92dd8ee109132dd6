/** What code traces through, and how a trace travels: as W3C `traceparent`, in the headers of log entries and the metadata of calls. */

/** Where in which trace something happens. Ids are lower-case hex, 32 and 16 digits. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** True: whoever goes on with the trace records it, too. */
  readonly isSampled: boolean;
}

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

export interface SpanOptions {
  readonly kind: SpanKind;
  /** What it's part of; absent: a trace of its own. */
  readonly parent?: TraceContext | undefined;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

export interface Span {
  /** Undefined: nothing is recorded, and there's nothing to go on with. */
  readonly context: TraceContext | undefined;
  set(key: string, value: string | number | boolean): void;
  /** The work failed; the text goes into the trace. */
  fail(message: string): void;
  end(): void;
}

export interface Tracer {
  /** `name` is from a small set: the operation, never its object. */
  start(name: string, options: SpanOptions): Span;
}

/** Records nothing, and passes on the trace that others record. */
export const noTracer: Tracer = {
  start: (_name, { parent }) => ({
    context: parent,
    set: () => undefined,
    fail: () => undefined,
    end: () => undefined,
  }),
};

const traceparent = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Headers that carry the span's trace; empty where there's none. https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceHeaders({ context }: Pick<Span, 'context'>): Readonly<Record<string, string>> {
  if (context === undefined) return {};
  return { traceparent: `00-${context.traceId}-${context.spanId}-${context.isSampled ? '01' : '00'}` };
}

/** The trace that headers carry; undefined for none, and for what isn't one. */
export function spanFrom(headers: Readonly<Record<string, string>>): TraceContext | undefined {
  const value = headers['traceparent'];
  if (value === undefined || value.startsWith('ff')) return undefined;
  const [, traceId, spanId, flags = '00'] = traceparent.exec(value) ?? [];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
