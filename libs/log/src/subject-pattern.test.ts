import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compileSubjects } from './subject-pattern.ts';

describe('subject patterns', () => {
  it.each([
    { pattern: '>', subject: 'a', expected: true },
    { pattern: 'a.>', subject: 'a', expected: false },
    { pattern: 'a.>', subject: 'a.b.c', expected: true },
    { pattern: 'a.>', subject: 'ab.c', expected: false },
    { pattern: 'a.*', subject: 'a.b', expected: true },
    { pattern: 'a.*', subject: 'a.b.c', expected: false },
    { pattern: '*.b.>', subject: 'a.b', expected: false },
    { pattern: '*.b.>', subject: 'a.b.c', expected: true },
    { pattern: 'a.b', subject: 'a.b', expected: true },
  ])('$pattern on $subject: $expected', ({ pattern, subject, expected }) => {
    expect(compileSubjects([pattern])(subject)).toBe(expected);
  });

  it.each(['', 'a..b', '>.a', 'a.b*', 'a b'])('refuses "%s"', (pattern) => {
    expect(() => compileSubjects([pattern])).toThrow(RangeError);
  });

  it('matches what any of the patterns matches, and nothing without patterns', () => {
    const token = fc.constantFrom('a', 'b');
    const subject = fc.array(token, { minLength: 1, maxLength: 4 });
    const pattern = fc.tuple(
      fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 3 }),
      fc.constantFrom('>', 'a', '*'),
    );
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), subject, (patterns, tokens) => {
        const texts = patterns.map(([head, last]) => [...head, last].join('.'));
        const matches = compileSubjects(texts)(tokens.join('.'));
        expect(matches).toBe(patterns.some(([head, last]) => expressionOf(head, last).test(tokens.join('.'))));
      }),
    );
  });
});

const part = (token: string): string => (token === '*' ? '[^.]+' : token);

function expressionOf(head: readonly string[], last: string): RegExp {
  return new RegExp(`^${[...head.map(part), last === '>' ? '.+' : part(last)].join('\\.')}$`);
}
