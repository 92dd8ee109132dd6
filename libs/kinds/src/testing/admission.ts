/** Takes an object through what an API server does before storing it, without the server. For tests. */
import type { FieldError, KindDefinition, MutableKubeObject, WriteContext } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { validateMetadata } from '../metadata-validation.ts';
import { decodeObject } from '../schema/decode.ts';
import { applySchemaDefaults } from '../schema/schema-defaults.ts';

export interface Admitted {
  readonly object: KubeObject;
  readonly errors: readonly FieldError[];
  /** `field: message`. */
  readonly messages: readonly string[];
  readonly unknownFields: readonly string[];
}

export const admissionTimeMs = Date.UTC(2026, 0, 1);

/** With `old`: an update of it. The result is what would be stored, were there no errors. */
export function admit(kind: KindDefinition, input: object, old?: KubeObject): Admitted {
  const copy: unknown = structuredClone(input);
  const { object, unknownFields, errors: decodeErrors } = decodeObject(copy, kind.schema(), { mode: 'Strict' });
  if (decodeErrors.length > 0) throw new Error(decodeErrors.join('; '));
  const draft = object as MutableKubeObject;
  applySchemaDefaults(draft, kind.schema());
  kind.applyDefaults?.(draft);
  if (old === undefined) kind.prepareForCreate?.(draft, testContext());
  else kind.prepareForUpdate?.(draft, old, testContext());
  const stored = draft as KubeObject;
  const errors = [...validateMetadata(stored.metadata, kind), ...(kind.validate?.(stored, old) ?? [])];
  const messages = errors.map(({ field, message }) => `${field}: ${message}`);
  return { object: stored, errors, messages, unknownFields };
}

/** Uids count up: uid-1, uid-2, … */
export function testContext(): WriteContext {
  let uids = 0;
  return {
    nowMs: admissionTimeMs,
    user: 'tester',
    newUid: () => {
      uids += 1;
      return `uid-${uids}`;
    },
  };
}

export function kindNamed(kinds: readonly KindDefinition[], name: string): KindDefinition {
  const found = kinds.find((kind) => kind.kind === name);
  if (found === undefined) throw new Error(`no kind ${name}`);
  return found;
}
