/**
 * Field selectors: the text of `?fieldSelector=` (`metadata.name=a,status.phase!=Running`) against fields that a kind declares selectable.
 * Kubernetes supports equality only, and refuses fields that the kind does not declare.
 */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** The text is no selector, or names a field that is not selectable. The message is what kube-apiserver answers with 400. */
export class FieldSelectorError extends Error {
  override readonly name = 'FieldSelectorError';
}

/** Empty text: no requirements. Throws {@link FieldSelectorError}. */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text));
}

export function formatFieldSelector(requirements: readonly FieldRequirement[]): string {
  return requirements.map(({ field, operator, value }) => `${field}${operator}${escape(value)}`).join(',');
}

/**
 * `getters` reads each selectable field of an object as text; an absent field reads as the empty string.
 * Throws {@link FieldSelectorError} for a field without getter.
 */
export function compileFieldSelector<T>(
  requirements: readonly FieldRequirement[],
  getters: Readonly<Record<string, (object: T) => string>>,
): (object: T) => boolean {
  const tests = requirements.map(({ field, operator, value }) => {
    const getter = Object.hasOwn(getters, field) ? getters[field] : undefined;
    if (getter === undefined) throw new FieldSelectorError(`field label not supported: ${field}`);
    return operator === '='
      ? (object: T): boolean => getter(object) === value
      : (object: T): boolean => getter(object) !== value;
  });
  return (object) => {
    for (const test of tests) if (!test(object)) return false;
    return true;
  };
}

/** The value that the selector fixes for a field (`metadata.name=a`), which lets a list become a get. */
export function exactFieldValue(requirements: readonly FieldRequirement[], field: string): string | undefined {
  return requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value;
}

function splitTerms(text: string): readonly string[] {
  const terms: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') index += 1;
    else if (character === ',') {
      terms.push(text.slice(start, index));
      start = index + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function parseTerm(term: string, text: string): FieldRequirement {
  for (let index = 0; index < term.length; index += 1) {
    const rest = term.slice(index, index + 2);
    const width = rest === '!=' || rest === '==' ? 2 : rest.startsWith('=') ? 1 : 0;
    if (width > 0) {
      const value = unescape(term.slice(index + width), text);
      return { field: term.slice(0, index), operator: rest === '!=' ? '!=' : '=', value };
    }
  }
  throw new FieldSelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
}

/** `\\`, `\,` and `\=` stand for the character itself; any other use of a backslash, or a bare `=`, is refused. */
function unescape(value: string, text: string): string {
  let result = '';
  for (let index = 0; index < value.length; index += 1) {
    const character = value.charAt(index);
    if (character !== '\\') {
      if (character === '=') throw invalidValueOf(value, text);
      result += character;
      continue;
    }
    index += 1;
    const escaped = value.charAt(index);
    if (escaped !== '\\' && escaped !== ',' && escaped !== '=') throw invalidValueOf(value, text);
    result += escaped;
  }
  return result;
}

function invalidValueOf(value: string, text: string): FieldSelectorError {
  return new FieldSelectorError(
    `invalid selector: '${text}'; invalid field selector value '${value}': escape '\\', ',' and '=' with a backslash`,
  );
}

function escape(value: string): string {
  return value.replaceAll(/[\\,=]/g, (character) => `\\${character}`);
}
