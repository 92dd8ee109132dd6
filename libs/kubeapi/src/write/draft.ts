import type { KindDefinition, MutableKubeObject } from '@flotilla/kinds/kind-definition';
import { formatApiVersion, parseApiVersion } from '@flotilla/kinds/kube-object';
import { decodeObject } from '@flotilla/kinds/schema/decode';
import { applySchemaDefaults } from '@flotilla/kinds/schema/schema-defaults';
import { badRequest } from '../errors/api-errors.ts';
import { findingsOf, type BodySource } from './duplicate-fields.ts';
import { isRecord } from '../patch/json-value.ts';
import { isBuiltIn } from './write-deps.ts';
import type { WriteOptions } from './write-options.ts';

/** For bodies that are more than a value. */
export interface DraftBody {
  /** What `value` was read from: names that come twice in it count like unknown fields. */
  readonly source?: BodySource | undefined;
  /** What to throw for a strict refusal; absent = 400 as for a body that can't be read. */
  readonly refuse?: (why: string) => Error;
}

/**
 * Turns what a client sent into a draft of the kind: right type, unknown fields dropped (or refused, or warned about), defaults filled in.
 * `value` is private to the caller and may end up inside the draft.
 */
export function decodeDraft(
  value: unknown,
  kind: KindDefinition,
  mode: WriteOptions['fieldValidation'],
  warnings: string[],
  { source, refuse = (why) => badRequest(cannotBeHandled(kind, why)) }: DraftBody = {},
): MutableKubeObject {
  const raw = checkTypeMeta(value, kind);
  const { object, unknownFields, errors } = decodeObject(raw, kind.schema(), { mode });
  const [error] = errors;
  if (error !== undefined) throw badRequest(cannotBeHandled(kind, error));
  if (mode !== 'Ignore') {
    const findings = findingsOf(source, raw, unknownFields, isBuiltIn(kind));
    if (mode === 'Strict' && findings.errors.length > 0) {
      throw refuse(`strict decoding error: ${findings.errors.join(', ')}`);
    }
    warnings.push(...findings.warnings);
  }
  const draft = toDraft(object, kind);
  applyDefaults(draft, kind);
  return draft;
}

export function applyDefaults(draft: MutableKubeObject, kind: KindDefinition): void {
  applySchemaDefaults(draft, kind.schema());
  kind.applyDefaults?.(draft);
}

function cannotBeHandled(kind: KindDefinition, why: string): string {
  return `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: ${why}`;
}

function checkTypeMeta(value: unknown, kind: KindDefinition): Record<string, unknown> {
  if (!isRecord(value)) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonTypeOf(value)} into a ${kind.kind}`,
    );
  }
  const apiVersion = formatApiVersion(kind.group, kind.version);
  const givenVersion = textOr(value['apiVersion'], apiVersion);
  const givenKind = textOr(value['kind'], kind.kind);
  if (givenVersion === apiVersion && givenKind === kind.kind) return value;
  const { version } = parseApiVersion(givenVersion);
  throw badRequest(
    `${givenKind} in version ${JSON.stringify(version)} cannot be handled as a ${kind.kind}: the request is for ${kind.kind} of ${apiVersion}, the data is ${givenKind} of ${givenVersion}`,
  );
}

function jsonTypeOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value !== '' ? value : fallback;
}

/** Type and metadata first, as stored bytes have them. */
function toDraft(object: unknown, kind: KindDefinition): MutableKubeObject {
  const source = isRecord(object) ? object : {};
  const metadata = source['metadata'];
  const draft: MutableKubeObject = {
    apiVersion: formatApiVersion(kind.group, kind.version),
    kind: kind.kind,
    metadata: isRecord(metadata) ? metadata : {},
  };
  for (const field in source) {
    if (field !== 'apiVersion' && field !== 'kind' && field !== 'metadata') draft[field] = source[field];
  }
  return draft;
}
