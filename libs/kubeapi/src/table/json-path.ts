/**
 * The part of JSONPath that printer columns of custom resources may use: fields (`.spec.a`, `['a.b']`), indexes (`[0]`, `[-1]`), `[*]`, and
 * filters that compare one field with a constant (`[?(@.type=="Ready")]`).
 */
import { isList, isRecord, memberOf } from '../patch/json-value.ts';

/** Finds the values that a path leads to, in order. */
export type JsonPath = (value: unknown) => readonly unknown[];

type Step = (value: unknown) => readonly unknown[];

const FIELD = /^\.([^.[\]]+)/;
const QUOTED_FIELD = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/;
const INDEX = /^\[(-?\d{1,9})\]/;
const WILDCARD = /^(?:\[\*\]|\.\*)/;
const FILTER =
  /^\[\?\(\s*@((?:\.[^.[\]=!<>\s)]+)*)\s*(==|!=|<=|>=|<|>)\s*(?:"([^"]*)"|'([^']*)'|(-?\d+(?:\.\d+)?|true|false))\s*\)\]/;

/** Compiles a path; `undefined` when it is outside the supported part. */
export function compileJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = text
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .replace(/^\$/, '');
  if (rest !== '' && !rest.startsWith('.') && !rest.startsWith('[')) rest = `.${rest}`;
  while (rest !== '' && rest !== '.') {
    const parsed = parseStep(rest);
    if (parsed === undefined) return undefined;
    steps.push(parsed.step);
    rest = rest.slice(parsed.length);
  }
  return (value) => steps.reduce<readonly unknown[]>((found, step) => found.flatMap(step), [value]);
}

function parseStep(text: string): { readonly step: Step; readonly length: number } | undefined {
  let match = WILDCARD.exec(text);
  if (match !== null) return { step: allOf, length: match[0].length };
  match = FIELD.exec(text) ?? QUOTED_FIELD.exec(text);
  if (match !== null) {
    const name = (match[1] ?? match[2] ?? '').replaceAll(/\\(.)/g, '$1');
    return { step: (value) => fieldOf(value, name), length: match[0].length };
  }
  match = INDEX.exec(text);
  if (match !== null) {
    const index = Number(match[1]);
    return { step: (value) => itemOf(value, index), length: match[0].length };
  }
  match = FILTER.exec(text);
  return match === null ? undefined : { step: filterOf(match), length: match[0].length };
}

function fieldOf(value: unknown, name: string): readonly unknown[] {
  const member = isRecord(value) ? memberOf(value, name) : undefined;
  return member === undefined ? [] : [member];
}

function itemOf(value: unknown, index: number): readonly unknown[] {
  const item = isList(value) ? value.at(index) : undefined;
  return item === undefined ? [] : [item];
}

function allOf(value: unknown): readonly unknown[] {
  return isList(value) ? value : isRecord(value) ? Object.values(value) : [];
}

function filterOf(match: RegExpExecArray): Step {
  const [, path = '', operator = '==', double, single, bare] = match;
  const names = path.split('.').slice(1);
  const wanted: unknown = double ?? single ?? JSON.parse(bare ?? 'null');
  return (value) =>
    (isList(value) ? value : []).filter((item) => {
      const found = names.reduce<unknown>((at, name) => fieldOf(at, name)[0], item);
      return found !== undefined && isMatch(found, operator, wanted);
    });
}

function isMatch(found: unknown, operator: string, wanted: unknown): boolean {
  if (operator === '==') return found === wanted;
  if (operator === '!=') return found !== wanted;
  if (typeof found === 'number' && typeof wanted === 'number') return isOrdered(found - wanted, operator);
  if (typeof found !== 'string' || typeof wanted !== 'string') return false;
  return isOrdered(found === wanted ? 0 : found < wanted ? -1 : 1, operator);
}

function isOrdered(difference: number, operator: string): boolean {
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    default:
      return difference >= 0;
  }
}
