/**
 * The part of JSONPath that CustomResourceDefinitions use: `.a.b`, `['a.b']`, `[0]`, `[-1]`, `[*]`, `.*` and `[?(@.type=="Ready")]`.
 * A path is compiled once and read often; reading never throws.
 */
type Step =
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'all' }
  | {
      readonly kind: 'filter';
      readonly path: readonly string[];
      readonly operator: '==' | '!=';
      readonly value: unknown;
    };

/** Every value that the path leads to, in document order. */
export type JsonPath = (root: unknown) => readonly unknown[];

const keyPattern = /^\.?([A-Za-z0-9_$-]+)/;
const quotedPattern = /^\.?\[(?:'([^']*)'|"([^"]*)")\]/;
const indexPattern = /^\.?\[(-?\d+)\]/;
const allPattern = /^\.?(?:\[\*\]|\*)/;
const filterPattern = /^\.?\[\?\(\s*@\.([A-Za-z0-9_.-]+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_.-]+))\s*\)\]/;

/** `undefined` for a path outside that part. */
export function compileJsonPath(text: string): JsonPath | undefined {
  const steps = parseSteps(text);
  return steps === undefined ? undefined : (root) => steps.reduce<readonly unknown[]>(advance, [root]);
}

/** `.spec.replicas` → `['spec', 'replicas']`; `undefined` when the path is more than names. */
export function simplePath(text: string): readonly string[] | undefined {
  const names: string[] = [];
  for (const step of parseSteps(text) ?? []) {
    if (step.kind !== 'key') return undefined;
    names.push(step.name);
  }
  return names.length === 0 ? undefined : names;
}

function parseSteps(text: string): readonly Step[] | undefined {
  let rest = text.replace(/^\{(.*)\}$/, '$1').replace(/^\$/, '');
  const steps: Step[] = [];
  while (rest !== '' && rest !== '.') {
    const [step, length] = nextStep(rest) ?? [];
    if (step === undefined || length === undefined) return undefined;
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

function nextStep(text: string): readonly [Step, number] | undefined {
  const filter = filterPattern.exec(text);
  if (filter !== null) {
    const [whole, path = '', operator, double, single, bare = ''] = filter;
    const value = double ?? single ?? literal(bare);
    return [{ kind: 'filter', path: path.split('.'), operator: operator === '!=' ? '!=' : '==', value }, whole.length];
  }
  const all = allPattern.exec(text);
  if (all !== null) return [{ kind: 'all' }, all[0].length];
  const index = indexPattern.exec(text);
  if (index !== null) return [{ kind: 'index', index: Number(index[1]) }, index[0].length];
  const quoted = quotedPattern.exec(text);
  if (quoted !== null) return [{ kind: 'key', name: quoted[1] ?? quoted[2] ?? '' }, quoted[0].length];
  const key = keyPattern.exec(text);
  return key === null ? undefined : [{ kind: 'key', name: key[1] ?? '' }, key[0].length];
}

function literal(text: string): unknown {
  if (text === 'true') return true;
  if (text === 'false') return false;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

function advance(values: readonly unknown[], step: Step): readonly unknown[] {
  return values.flatMap((value) => follow(value, step));
}

function follow(value: unknown, step: Step): readonly unknown[] {
  switch (step.kind) {
    case 'key': {
      const next = isRecord(value) && Object.hasOwn(value, step.name) ? value[step.name] : undefined;
      return next === undefined ? [] : [next];
    }
    case 'index': {
      const next: unknown = Array.isArray(value) ? value.at(step.index) : undefined;
      return next === undefined ? [] : [next];
    }
    case 'all':
      if (Array.isArray(value)) return value;
      return isRecord(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => matches(item, step)) : [];
  }
}

function matches(item: unknown, { path, operator, value }: Extract<Step, { kind: 'filter' }>): boolean {
  let found: unknown = item;
  for (const name of path) found = isRecord(found) ? found[name] : undefined;
  if (found === undefined) return false;
  return (found === value) === (operator === '==');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
