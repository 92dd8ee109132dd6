import type { FieldOverrider, FieldPatchOperation } from '@flotilla/kinds/karmada/policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { parse, stringify } from 'yaml';
import { applyPatch, valueAtPointer } from '../json-patch.ts';
import { parsePointer } from '../json-pointer.ts';
import { OverrideFailure } from '../override-failure.ts';

/** Patches a JSON or YAML document that a string field holds. YAML passes through JSON: comments are lost and keys are sorted. */
export function applyFieldOverrider(manifest: KubeObject, overrider: FieldOverrider): KubeObject {
  const { fieldPath } = overrider;
  const segments = parsePointer(fieldPath);
  const text = segments === undefined ? undefined : valueAtPointer(manifest, segments);
  if (typeof text !== 'string') throw new OverrideFailure(fieldPath, 'there is no string at this place');
  const value = patchDocument(text, overrider);
  // Only the string at `fieldPath` differs, so the result is an object of the same kind.
  return applyPatch(manifest, { operator: 'replace', path: fieldPath, value }) as KubeObject;
}

function patchDocument(text: string, { fieldPath, json, yaml }: FieldOverrider): string {
  if (json !== undefined && json.length > 0)
    return JSON.stringify(patchAll(parseJson(text, fieldPath), json, fieldPath));
  if (yaml !== undefined && yaml.length > 0) return formatYaml(patchAll(parseYaml(text, fieldPath), yaml, fieldPath));
  return text;
}

function patchAll(document: unknown, operations: readonly FieldPatchOperation[], fieldPath: string): unknown {
  if (typeof document !== 'object' || document === null) {
    throw new OverrideFailure(fieldPath, 'the embedded document is neither an object nor a list');
  }
  try {
    return operations.reduce(
      (patched: unknown, { subPath, operator, value }) => applyPatch(patched, { operator, path: subPath, value }),
      document,
    );
  } catch (error) {
    if (!(error instanceof OverrideFailure)) throw error;
    throw new OverrideFailure(fieldPath, `in the embedded document, ${error.path}: ${error.message}`, { cause: error });
  }
}

function parseJson(text: string, fieldPath: string): unknown {
  try {
    return exactJson.parse(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
    );
  } catch (error) {
    throw new OverrideFailure(fieldPath, 'the string is not a JSON document', { cause: error });
  }
}

/** Numbers keep their digits: `1.0` and integers beyond 2⁵³ survive the round trip. Not yet in the library types that we compile against. */
interface ExactJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): object;
}
const exactJson: ExactJson = JSON as typeof JSON & ExactJson;

/** YAML 1.1, as in Kubernetes: `yes` and `on` are booleans. */
function parseYaml(text: string, fieldPath: string): unknown {
  try {
    return parse(text, {
      version: '1.1',
      intAsBigInt: true,
      maxAliasCount: 100,
      logLevel: 'silent',
      customTags: withoutTimestamps,
    });
  } catch (error) {
    throw new OverrideFailure(fieldPath, 'the string is not a YAML document', { cause: error });
  }
}

function formatYaml(document: unknown): string {
  return stringify(document, {
    version: '1.1',
    customTags: withoutTimestamps,
    aliasDuplicateObjects: false,
    indentSeq: false,
    lineWidth: 0,
    sortMapEntries: true,
  });
}

/** JSON has no timestamps, sets or binary: such scalars stay the strings they were. */
function withoutTimestamps<Tag extends string | { readonly tag: string }>(tags: readonly Tag[]): Tag[] {
  return tags.filter((tag) => typeof tag === 'string' || !jsonlessTags.has(tag.tag));
}

const jsonlessTags = new Set(['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary']);
