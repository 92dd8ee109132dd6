import type { KindDefinition, WriteContext } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectStore, ObjectWrite, CommitResult } from '@flotilla/store/object-store';
import type { AdmissionPlugin } from '../admission/admission.ts';
import { requestTooLarge } from '../errors/api-errors.ts';
import type { ApiLimits } from '../limits.ts';
import type { ObjectSource } from '../read/object-source.ts';
import type { ObjectEncoder } from '../read/object-bytes.ts';

export interface WriteDeps {
  readonly store: ObjectStore;
  readonly source: ObjectSource;
  readonly encoder: ObjectEncoder;
  readonly admission: readonly AdmissionPlugin[];
  readonly limits: ApiLimits;
  readonly now: () => number;
  readonly newUid: () => string;
}

export function writeContext(deps: WriteDeps, user: string, nowMs: number): WriteContext {
  return { nowMs, newUid: deps.newUid, user };
}

/** Kinds compiled into Kubernetes have no generated OpenAPI document. */
export function isBuiltIn(kind: KindDefinition): boolean {
  return kind.openApi === undefined;
}

/**
 * Throws 413 for an object past the limit. `hintBytes` is a cheap lower estimate: only objects that come near the limit are measured, because
 * measuring is serialising.
 */
export function checkSize(deps: WriteDeps, object: KubeObject, hintBytes: number): void {
  const { objectBytesMax } = deps.limits;
  if (hintBytes * 2 < objectBytesMax) return;
  const size = Buffer.byteLength(JSON.stringify(object));
  if (size <= objectBytesMax) return;
  throw requestTooLarge(
    `Request entity too large: the object would take ${size} bytes, the limit is ${objectBytesMax}: split it or store large data elsewhere`,
  );
}

/** One write; the request's own trace travels in the headers of the log entry. */
export function commitOne(
  deps: WriteDeps,
  write: ObjectWrite,
  headers?: Readonly<Record<string, string>>,
): Promise<CommitResult> {
  return deps.store.commit([write], headers);
}
