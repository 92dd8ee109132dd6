/**
 * What to ask the server for, given the patterns of a reader. The server refuses filters that overlap or lie outside the stream's subjects, so patterns are widened
 * until none does; whoever reads matches subjects again. Fewer, wider filters cost bandwidth, never correctness.
 */

/** `undefined`: everything. An empty list: nothing of the stream can match. */
export function reduceFilters(
  patterns: readonly string[],
  streamSubjects: readonly string[],
): readonly string[] | undefined {
  const narrowed = new Set<string>();
  for (const pattern of patterns) {
    for (const subject of streamSubjects) {
      if (includes(subject, pattern)) narrowed.add(pattern);
      else if (overlaps(subject, pattern)) narrowed.add(subject);
    }
  }
  const merged = mergeOverlapping([...narrowed]);
  const takesAll = streamSubjects.every((subject) => merged.some((filter) => includes(filter, subject)));
  return takesAll ? undefined : merged;
}

function mergeOverlapping(patterns: readonly string[]): readonly string[] {
  const merged: string[] = [];
  for (let pattern of patterns) {
    // Widening may make it overlap with one that it was compared with before, so begin again.
    for (let index = 0; index < merged.length;) {
      const other = merged[index] ?? '';
      if (!overlaps(pattern, other)) {
        index++;
        continue;
      }
      pattern = includes(pattern, other) ? pattern : includes(other, pattern) ? other : widen(pattern, other);
      merged.splice(index, 1);
      index = 0;
    }
    merged.push(pattern);
  }
  return merged;
}

/** Whether every subject that `inner` matches is matched by `outer`. */
export function includes(outer: string, inner: string): boolean {
  const outerTokens = outer.split('.');
  const innerTokens = inner.split('.');
  for (const [index, token] of outerTokens.entries()) {
    const other = innerTokens[index];
    if (other === undefined) return false;
    if (token === '>') return true;
    if (other === '>' || (token !== '*' && token !== other)) return false;
  }
  return outerTokens.length === innerTokens.length;
}

/** Whether some subject matches both. */
export function overlaps(left: string, right: string): boolean {
  const leftTokens = left.split('.');
  const rightTokens = right.split('.');
  for (let index = 0; ; index++) {
    const one = leftTokens[index];
    const other = rightTokens[index];
    if (one === undefined || other === undefined) return one === other;
    if (one === '>' || other === '>') return true;
    if (one !== other && one !== '*' && other !== '*') return false;
  }
}

/** A pattern that includes both, which overlap. */
function widen(left: string, right: string): string {
  const rightTokens = right.split('.');
  const tokens: string[] = [];
  for (const [index, one] of left.split('.').entries()) {
    const other = rightTokens[index];
    if (one === '>' || other === '>') return [...tokens, '>'].join('.');
    tokens.push(one === other ? one : '*');
  }
  return tokens.join('.');
}
