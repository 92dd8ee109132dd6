/** NATS subject patterns, compiled once: `*` stands for one token, `>` (last) for one or more tokens. */
export type SubjectMatcher = (subject: string) => boolean;

/** True for subjects that match any of the patterns. No pattern matches nothing. Throws RangeError for a malformed pattern. */
export function compileSubjects(patterns: readonly string[]): SubjectMatcher {
  const exact = new Set<string>();
  const prefixes = new Map<number, Set<string>>();
  const others: SubjectMatcher[] = [];
  for (const pattern of patterns) {
    const tokens = pattern.split('.');
    checkTokens(pattern, tokens);
    if (pattern === '>') return () => true;
    if (!pattern.includes('*') && !pattern.endsWith('>')) exact.add(pattern);
    else if (!pattern.includes('*')) addPrefix(prefixes, tokens.length - 1, pattern.slice(0, -1));
    else others.push(matchTokens(tokens));
  }
  const parts: SubjectMatcher[] = [];
  if (exact.size > 0) parts.push((subject) => exact.has(subject));
  for (const [depth, set] of prefixes) parts.push(matchPrefix(depth, set));
  parts.push(...others);
  const [first] = parts;
  if (first === undefined) return () => false;
  return parts.length === 1 ? first : (subject) => parts.some((matches) => matches(subject));
}

function checkTokens(pattern: string, tokens: readonly string[]): void {
  tokens.forEach((token, index) => {
    const isWildcard = token === '*' || (token === '>' && index === tokens.length - 1);
    if (token === '' || (!isWildcard && /[*> ]/.test(token))) {
      throw new RangeError(`"${pattern}" is not a subject pattern`);
    }
  });
}

function addPrefix(prefixes: Map<number, Set<string>>, depth: number, prefix: string): void {
  const set = prefixes.get(depth);
  if (set === undefined) prefixes.set(depth, new Set([prefix]));
  else set.add(prefix);
}

function matchPrefix(depth: number, prefixes: ReadonlySet<string>): SubjectMatcher {
  const [only] = prefixes;
  if (prefixes.size === 1 && only !== undefined) {
    return (subject) => subject.length > only.length && subject.startsWith(only);
  }
  return (subject) => {
    let end = -1;
    for (let index = 0; index < depth; index++) {
      end = subject.indexOf('.', end + 1);
      if (end < 0) return false;
    }
    return prefixes.has(subject.slice(0, end + 1));
  };
}

function matchTokens(pattern: readonly string[]): SubjectMatcher {
  const takesRest = pattern.at(-1) === '>';
  const fixed = takesRest ? pattern.slice(0, -1) : pattern;
  return (subject) => {
    const tokens = subject.split('.');
    if (takesRest ? tokens.length <= fixed.length : tokens.length !== fixed.length) return false;
    return fixed.every((token, index) => token === '*' || token === tokens[index]);
  };
}
