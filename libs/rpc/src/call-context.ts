import { randomUUID } from 'node:crypto';
import type { Metadata } from '@grpc/grpc-js';
import { spanFrom, type TraceContext } from '@flotilla/runtime/telemetry/tracer';

/** What a handler knows about the call beside the request. */
export interface CallContext {
  /** Aborts when the caller gave up, its deadline passed or, for streams, the server drains. */
  readonly signal: AbortSignal;
  /** Names the call in logs on both sides. */
  readonly requestId: string;
  /** What the handler's work is part of. */
  readonly trace: TraceContext | undefined;
  /** Common name of the caller's certificate; undefined without mTLS. */
  readonly caller: string | undefined;
}

const requestIdKey = 'x-request-id';
const requestIdPattern = /^[\w.:/-]{1,128}$/;

/** The caller's id if it's a sensible one, else a new one. */
export function requestIdOf(metadata: Metadata): string {
  const [sent] = metadata.get(requestIdKey);
  return typeof sent === 'string' && requestIdPattern.test(sent) ? sent : randomUUID();
}

export function traceOf(metadata: Metadata): TraceContext | undefined {
  const [sent] = metadata.get('traceparent');
  return typeof sent === 'string' ? spanFrom({ traceparent: sent }) : undefined;
}

/** Overwrites what was there. */
export function putContext(metadata: Metadata, requestId: string, headers: Readonly<Record<string, string>>): void {
  metadata.set(requestIdKey, requestId);
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
}
