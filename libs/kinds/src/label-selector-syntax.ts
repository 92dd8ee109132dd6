/**
 * The text form of label selectors: `a=b,c==d,e!=f,g in (x,y),h notin (z),i,!j,k>1,l<2`. A hand-written scanner and one function per
 * production, because the grammar has optional blanks everywhere and the error texts name the token that was found.
 */
import { checkLabelValue, checkQualifiedName } from './name-rule.ts';
import type { LabelRequirement } from './label-selector.ts';

/** The text is no selector. The message is what kube-apiserver answers with 400. */
export class LabelSelectorSyntaxError extends Error {
  override readonly name = 'LabelSelectorSyntaxError';
}

/** Empty text: no requirements, everything matches. Throws {@link LabelSelectorSyntaxError}. */
export function parseLabelSelector(text: string): readonly LabelRequirement[] {
  const tokens = new TokenStream(text);
  if (tokens.peek() === '') return [];
  const requirements: LabelRequirement[] = [];
  for (;;) {
    requirements.push(parseRequirement(tokens));
    const separator = tokens.next();
    if (separator === '') break;
    if (separator !== ',') throw expected(separator, "',' or 'end of string'");
    if (!isIdentifier(tokens.peek()) && tokens.peek() !== '!') {
      throw expected(tokens.peek(), "identifier after ','");
    }
  }
  return requirements.toSorted((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
}

/** Canonical text; `parseLabelSelector(formatLabelSelector(r))` gives equal requirements for valid ones. */
export function formatLabelSelector(requirements: readonly LabelRequirement[]): string {
  return requirements.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.toSorted().join(',')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.toSorted().join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'Gt':
      return `${key}>${values[0]}`;
    case 'Lt':
      return `${key}<${values[0]}`;
  }
}

const special = new Set(['!', '(', ')', ',', '=', '==', '!=', '>', '<', '']);
const blanks = new Set([' ', '\t', '\n', '\r']);
const delimiters = new Set(['!', '(', ')', ',', '=', '>', '<']);

/** Cuts the text into operators, parentheses, commas and words. The empty token is the end. */
class TokenStream {
  readonly #text: string;
  #position = 0;
  #peeked: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): string {
    this.#peeked ??= this.#scan();
    return this.#peeked;
  }

  next(): string {
    const token = this.peek();
    this.#peeked = undefined;
    return token;
  }

  #scan(): string {
    while (blanks.has(this.#text.charAt(this.#position))) this.#position += 1;
    const start = this.#position;
    const first = this.#text.charAt(start);
    if (first === '') return '';
    if (delimiters.has(first)) {
      const isDouble = (first === '=' || first === '!') && this.#text.charAt(start + 1) === '=';
      this.#position += isDouble ? 2 : 1;
    } else {
      while (this.#position < this.#text.length && !this.#isWordEnd()) this.#position += 1;
    }
    return this.#text.slice(start, this.#position);
  }

  #isWordEnd(): boolean {
    const character = this.#text.charAt(this.#position);
    return delimiters.has(character) || blanks.has(character);
  }
}

function isIdentifier(token: string): boolean {
  return !special.has(token);
}

function expected(found: string, wanted: string): LabelSelectorSyntaxError {
  return new LabelSelectorSyntaxError(`unable to parse requirement: found '${found}', expected: ${wanted}`);
}

function parseRequirement(tokens: TokenStream): LabelRequirement {
  const isNegated = tokens.peek() === '!';
  if (isNegated) tokens.next();
  const key = tokens.next();
  if (!isIdentifier(key)) throw expected(key, 'identifier');
  assertValid(checkQualifiedName(key), `key: Invalid value: ${JSON.stringify(key)}`);
  if (isNegated) return { key, operator: 'DoesNotExist', values: [] };
  if (tokens.peek() === '' || tokens.peek() === ',') return { key, operator: 'Exists', values: [] };
  return parseComparison(key, tokens);
}

function parseComparison(key: string, tokens: TokenStream): LabelRequirement {
  const operator = tokens.next();
  switch (operator) {
    case 'in':
      return { key, operator: 'In', values: parseValueSet(key, tokens) };
    case 'notin':
      return { key, operator: 'NotIn', values: parseValueSet(key, tokens) };
    case '=':
    case '==':
      return { key, operator: 'In', values: [parseValue(key, tokens)] };
    case '!=':
      return { key, operator: 'NotIn', values: [parseValue(key, tokens)] };
    case '>':
      return { key, operator: 'Gt', values: [parseInteger(tokens)] };
    case '<':
      return { key, operator: 'Lt', values: [parseInteger(tokens)] };
    default:
      throw expected(operator, 'in, notin, =, ==, !=, gt, lt');
  }
}

/** An absent value is the empty string: `a=` and `a=,b` are valid. */
function parseValue(key: string, tokens: TokenStream): string {
  const token = tokens.peek();
  if (token === '' || token === ',') return '';
  if (!isIdentifier(token)) throw expected(token, 'identifier');
  return checkedValue(key, tokens.next());
}

function parseInteger(tokens: TokenStream): string {
  const token = tokens.next();
  if (!isIdentifier(token)) throw expected(token, 'identifier');
  if (!/^[+-]?[0-9]{1,19}$/.test(token)) {
    throw new LabelSelectorSyntaxError(
      `values[0]: Invalid value: ${JSON.stringify(token)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  return token;
}

function parseValueSet(key: string, tokens: TokenStream): readonly string[] {
  const open = tokens.next();
  if (open !== '(') throw expected(open, "'('");
  const values = new Set<string>();
  for (;;) {
    const token = tokens.next();
    if (token === ')') {
      values.add('');
      break;
    }
    if (token === ',') {
      values.add('');
      continue;
    }
    if (!isIdentifier(token)) throw expected(token, "',', ')' or identifier");
    values.add(checkedValue(key, token));
    const after = tokens.next();
    if (after === ')') break;
    if (after !== ',') throw expected(after, "',' or ')'");
  }
  return [...values];
}

function checkedValue(key: string, value: string): string {
  assertValid(checkLabelValue(value), `values[0][${key}]: Invalid value: ${JSON.stringify(value)}`);
  return value;
}

function assertValid(complaints: readonly string[], subject: string): void {
  if (complaints.length === 0) return;
  throw new LabelSelectorSyntaxError(`unable to parse requirement: ${subject}: ${complaints.join('; ')}`);
}
