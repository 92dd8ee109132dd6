import { isRecord, memberOf, setMember, type JsonRecord, type MutableRecord } from './json-value.ts';
import type { PatchOutcome } from './patch-outcome.ts';

/** Applies a JSON merge patch (RFC 7386). Never changes `document`; what the patch leaves alone is shared with it. */
export function applyMergePatch(document: JsonRecord, patch: unknown): PatchOutcome {
  if (!isRecord(patch))
    return { kind: 'failed', code: 'malformed', message: 'error decoding patch: a merge patch must be a JSON object' };
  return { kind: 'patched', object: mergeRecord(document, patch) };
}

/** Member by member: null deletes, objects merge, anything else replaces. */
export function mergeRecord(target: JsonRecord, patch: JsonRecord): JsonRecord {
  let result: MutableRecord | undefined;
  for (const name of Object.keys(patch)) {
    const value = patch[name];
    const before = memberOf(target, name);
    if (value === null) {
      if (Object.hasOwn(target, name)) delete (result ??= { ...target })[name];
      continue;
    }
    const merged = isRecord(value) ? mergeRecord(isRecord(before) ? before : {}, value) : value;
    if (merged !== before) setMember((result ??= { ...target }), name, merged);
  }
  return result ?? target;
}
