/**
 * The JSONPath of CustomResourceDefinitions (printer columns, scale, selectable fields): fields (`.spec.a`, `.a\.b`, `['a\.b']`), items (`[0]`, `[-1]`, `[0,2]`,
 * `[0:2]`, `[*]`), members (`.*`), any depth (`..name`), and filters that ask for one field or compare it with a constant (`[?(@.type=="Ready")]`).
 * A path is compiled once and read often; reading never throws.
 */

/** Every value that the path leads to, in order. */
export type JsonPath = (root: unknown) => readonly unknown[];

type Step = (value: unknown) => readonly unknown[];
type JsonRecord = Readonly<Record<string, unknown>>;

const deepPattern = /^\.\.(?=[^.[\]])/;
const fieldPattern = /^\.?((?:[^.[\]\\*]|\\.)+)/;
const quotedPattern = /^\[(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/;
const indexesPattern = /^\[(-?\d{1,9}(?:,-?\d{1,9})*)\]/;
const slicePattern = /^\[(-?\d{1,9})?:(-?\d{1,9})?(?::(\d{1,9}))?\]/;
const itemsPattern = /^\[\*\]/;
const membersPattern = /^\.?\*/;
const filterPattern =
  /^\[\?\(\s*@((?:\.[^.[\]=!<>\s)]+)*)\s*(?:(==|!=|<=|>=|<|>)\s*(?:"([^"]*)"|'([^']*)'|(-?\d+(?:\.\d+)?|true|false))\s*)?\)\]/;

/** `undefined` for a path outside that part. */
export function compileJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = bareText(text);
  while (rest !== '' && rest !== '.') {
    const next = nextStep(rest);
    if (next === undefined) return undefined;
    steps.push(next.step);
    rest = rest.slice(next.length);
  }
  return (root) => steps.reduce<readonly unknown[]>((found, step) => found.flatMap(step), [root]);
}

/** `.spec.replicas` → `['spec', 'replicas']`; `undefined` when the path is more than names. */
export function simplePath(text: string): readonly string[] | undefined {
  const names: string[] = [];
  let rest = bareText(text);
  while (rest !== '' && rest !== '.') {
    const match = fieldPattern.exec(rest) ?? quotedPattern.exec(rest);
    if (match === null) return undefined;
    names.push(...namesOf(match));
    rest = rest.slice(match[0].length);
  }
  return names.length === 0 ? undefined : names;
}

function bareText(text: string): string {
  return text
    .trim()
    .replace(/^\{(.*)\}$/, '$1')
    .replace(/^\$/, '');
}

/** Also between quotes a dot begins another name, unless it is escaped. */
function namesOf(match: RegExpExecArray): readonly string[] {
  const names = (match[1] ?? match[2] ?? '').match(/(?:\\.|[^\\.])+/g) ?? [''];
  return names.map((name) => name.replaceAll(/\\(.)/g, '$1'));
}

interface ParsedStep {
  readonly step: Step;
  readonly length: number;
}

function nextStep(text: string): ParsedStep | undefined {
  if (deepPattern.test(text)) return { step: everyDepth, length: 1 };
  for (const [pattern, stepOf] of stepPatterns) {
    const match = pattern.exec(text);
    if (match !== null) return { step: stepOf(match), length: match[0].length };
  }
  return undefined;
}

const stepPatterns: readonly (readonly [RegExp, (match: RegExpExecArray) => Step])[] = [
  [membersPattern, () => membersOf],
  [fieldPattern, fieldStep],
  [quotedPattern, fieldStep],
  [indexesPattern, (match) => indexStep((match[1] ?? '').split(',').map(Number))],
  [slicePattern, (match) => sliceStep(match[1], match[2], Number(match[3] ?? 1))],
  [itemsPattern, () => (value) => (isList(value) ? value : [])],
  [filterPattern, filterStep],
];

function fieldStep(match: RegExpExecArray): Step {
  const names = namesOf(match);
  return (value) =>
    names.reduce<readonly unknown[]>((found, name) => found.flatMap((at) => fieldOf(at, name)), [value]);
}

function fieldOf(value: unknown, name: string): readonly unknown[] {
  const member = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return member === undefined ? [] : [member];
}

function indexStep(indexes: readonly number[]): Step {
  return (value) =>
    isList(value) ? indexes.map((index): unknown => value.at(index)).filter((item) => item !== undefined) : [];
}

function sliceStep(start: string | undefined, end: string | undefined, stride: number): Step {
  const from = start === undefined ? undefined : Number(start);
  const to = end === undefined ? undefined : Number(end);
  return (value) => {
    const items = isList(value) ? value.slice(from, to) : [];
    return stride <= 1 ? items : items.filter((_, index) => index % stride === 0);
  };
}

/** Members in the order of their names, so that the same object always gives the same answer. */
function membersOf(value: unknown): readonly unknown[] {
  if (isList(value)) return value;
  return isRecord(value)
    ? Object.keys(value)
        .toSorted()
        .map((key) => value[key])
    : [];
}

/** The value itself and everything inside it, outermost first. */
function everyDepth(value: unknown): readonly unknown[] {
  return [value, ...membersOf(value).flatMap(everyDepth)];
}

function filterStep(match: RegExpExecArray): Step {
  const [, path = '', operator, double, single, bare] = match;
  const names = path.split('.').slice(1);
  const wanted: unknown = double ?? single ?? JSON.parse(bare ?? 'null');
  return (value) =>
    (isList(value) ? value : []).filter((item) => {
      const found = names.reduce<unknown>((at, name) => fieldOf(at, name)[0], item);
      return found !== undefined && (operator === undefined || isMatch(found, operator, wanted));
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

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
