/** What a server does with a new object, as far as kinds are concerned: for tests of the built-in kinds. */
import { validateMetadata } from '../metadata-validation.ts';
import { decodeObject } from '../schema/decode.ts';
import { applySchemaDefaults } from '../schema/schema-defaults.ts';
import type { FieldError, KindDefinition, MutableKubeObject } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';

export interface CreateOutcome {
  readonly object: KubeObject;
  readonly problems: readonly string[];
  readonly errors: readonly FieldError[];
}

export function createLocally(kind: KindDefinition, input: KubeObject, uid: string, nowMs: number): CreateOutcome {
  const decoded = decodeObject(input, kind.schema(), { mode: 'Strict' });
  const problems = [...decoded.errors, ...decoded.unknownFields];
  const draft = structuredClone(decoded.object) as MutableKubeObject;
  if (problems.length > 0) return { object: input, problems, errors: [] };
  applySchemaDefaults(draft, kind.schema());
  kind.applyDefaults?.(draft);
  draft.metadata['uid'] = uid;
  if (kind.isNamespaced) draft.metadata['namespace'] ??= 'golden';
  kind.prepareForCreate?.(draft, { nowMs, user: 'admin', newUid: () => uid });
  const object: KubeObject = draft;
  return {
    object,
    problems,
    errors: [...validateMetadata(object.metadata, kind), ...(kind.validate?.(object, undefined) ?? [])],
  };
}

/** Errors of an update of `old`, which was stored before, by `input`. */
export function updateErrors(kind: KindDefinition, input: KubeObject, old: KubeObject): readonly FieldError[] {
  const draft = structuredClone(decodeObject(input, kind.schema(), { mode: 'Strict' }).object) as MutableKubeObject;
  applySchemaDefaults(draft, kind.schema());
  kind.applyDefaults?.(draft);
  draft.metadata = { ...old.metadata, ...draft.metadata };
  kind.prepareForUpdate?.(draft, old, { nowMs: 0, user: 'admin', newUid: () => '' });
  return kind.validate?.(draft, old) ?? [];
}
