import { hash } from 'node:crypto';

import type { KubeObject } from '@flotilla/kinds/kube-object';

import { parseEvent } from './watch-lines.ts';

/** An object as a member holds it. */
export type MemberObject = KubeObject;

/**
 * A state of a member's object: a fingerprint of everything but status and server bookkeeping, and the object itself for as long as memory allows.
 */
export class ObservedObject {
  readonly fingerprint: string;
  /** Size that `object()` keeps alive, in bytes of JSON. */
  readonly sizeBytes: number;
  /** Raw line; parsed objects are not kept: five times as large. */
  #raw: Buffer | undefined;
  /** Only until the first asynchronous gap, so that one event is parsed once. */
  #parsed: MemberObject | undefined;

  constructor(parsed: MemberObject, raw: Buffer | undefined) {
    this.fingerprint = fingerprintOf(parsed);
    this.sizeBytes = raw?.length ?? 0;
    this.#raw = raw;
    this.#parsed = parsed;
  }

  /** `undefined` when it was dropped: read it again from the member. */
  object(): MemberObject | undefined {
    if (this.#parsed !== undefined) return this.#parsed;
    return this.#raw === undefined ? undefined : (parseEvent(this.#raw)?.object as MemberObject | undefined);
  }

  /** Frees the parsed form; the raw bytes (copied out of their network chunk) remain. */
  compact(): void {
    if (this.#raw !== undefined) this.#raw = Buffer.from(this.#raw);
    this.#parsed = undefined;
  }

  forgetObject(): void {
    this.#raw = undefined;
    this.#parsed = undefined;
  }
}

/** From a watch line, or an already parsed object, or a response body. */
export function observe(source: MemberObject): ObservedObject;
export function observe(source: Buffer | string): ObservedObject | undefined;
export function observe(source: Buffer | string | MemberObject): ObservedObject | undefined {
  if (Buffer.isBuffer(source)) {
    const object = parseEvent(source)?.object;
    return isObject(object) ? new ObservedObject(object, source) : undefined;
  }
  if (typeof source !== 'string') return new ObservedObject(source, undefined);
  try {
    const object: unknown = JSON.parse(source);
    return isObject(object) ? new ObservedObject(object, undefined) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is MemberObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    'metadata' in value &&
    typeof value.metadata === 'object' &&
    value.metadata !== null
  );
}

/** Annotations that controllers in the member rewrite on their own. */
const volatileAnnotations = ['deployment.kubernetes.io/revision', 'deprecated.daemonset.template.generation'];

/**
 * Changes exactly when something that we may have to correct changes. Kinds with a generation tell by it; for the others the content is hashed.
 */
function fingerprintOf(object: MemberObject): string {
  const { metadata } = object;
  const marks = JSON.stringify([
    metadata.labels,
    stableAnnotations(metadata.annotations),
    metadata.deletionTimestamp !== undefined,
  ]);
  if (metadata.generation !== undefined) {
    return `${metadata.uid ?? ''}:${metadata.generation}:${hash('sha1', marks, 'base64')}`;
  }
  const { metadata: _metadata, status: _status, ...content } = object;
  return `${metadata.uid ?? ''}:${hash('sha1', marks + JSON.stringify(content), 'base64')}`;
}

function stableAnnotations(annotations: Readonly<Record<string, string>> | undefined): unknown {
  if (annotations === undefined || !volatileAnnotations.some((name) => name in annotations)) return annotations;
  return Object.entries(annotations).filter(([name]) => !volatileAnnotations.includes(name));
}
