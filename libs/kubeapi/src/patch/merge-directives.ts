import { isList, isRecord, setMember, type JsonRecord, type MutableRecord } from './json-value.ts';
import { PatchProblem } from './patch-problem.ts';

export const PATCH_DIRECTIVE = '$patch';
export const RETAIN_KEYS_DIRECTIVE = '$retainKeys';
export const DELETE_FROM_LIST_PREFIX = '$deleteFromPrimitiveList/';
export const SET_ORDER_PREFIX = '$setElementOrder/';

export type Directive = 'replace' | 'delete' | 'merge';

/** The `$patch` directive of an object in a patch. */
export function directiveOf(patch: JsonRecord): Directive | undefined {
  const directive = patch[PATCH_DIRECTIVE];
  if (directive === undefined) return undefined;
  if (directive === 'replace' || directive === 'delete' || directive === 'merge') return directive;
  throw new PatchProblem('invalid', `unknown patch type: ${JSON.stringify(directive)}`);
}

export function isDirectiveKey(key: string): boolean {
  return (
    key.startsWith('$') &&
    (key === PATCH_DIRECTIVE ||
      key === RETAIN_KEYS_DIRECTIVE ||
      key.startsWith(DELETE_FROM_LIST_PREFIX) ||
      key.startsWith(SET_ORDER_PREFIX))
  );
}

/** A part of a patch that meets nothing in the document: what it sets, without directives, deletions and nulls. */
export function withoutDirectives(value: unknown): unknown {
  if (isList(value)) {
    return value
      .filter((item) => !(isRecord(item) && item[PATCH_DIRECTIVE] !== undefined && isPureDirective(item)))
      .map(withoutDirectives);
  }
  if (!isRecord(value)) return value;
  const result: MutableRecord = {};
  if (value[PATCH_DIRECTIVE] !== undefined) return result;
  for (const key of Object.keys(value)) {
    if (isDirectiveKey(key) || value[key] === null) continue;
    setMember(result, key, withoutDirectives(value[key]));
  }
  return result;
}

/** `$patch: delete` with its key, or the lone marker `$patch: replace`. */
function isPureDirective(item: JsonRecord): boolean {
  return item[PATCH_DIRECTIVE] === 'delete' || Object.keys(item).length === 1;
}
