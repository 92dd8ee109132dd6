import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compileSubjects } from '../subject-pattern.ts';
import { includes, overlaps, reduceFilters } from './subject-filters.ts';

describe('filters for the server', () => {
  it.each([
    { patterns: ['p.>'], stream: ['p.state.>'], filters: undefined },
    { patterns: ['p.state.>'], stream: ['p.state.>'], filters: undefined },
    { patterns: ['p.state.core.>'], stream: ['p.state.>'], filters: ['p.state.core.>'] },
    { patterns: ['p.state.a.>', 'p.state.a.b'], stream: ['p.state.>'], filters: ['p.state.a.>'] },
    { patterns: ['p.state.a.*', 'p.state.*.b'], stream: ['p.state.>'], filters: ['p.state.*.*'] },
    { patterns: ['p.state.a.*', 'p.state.*.b.>'], stream: ['p.state.>'], filters: ['p.state.a.*', 'p.state.*.b.>'] },
    { patterns: ['p.*.a'], stream: ['p.state.>', 'p.more.>'], filters: undefined },
    { patterns: ['p.event.x'], stream: ['p.state.>'], filters: [] },
  ])('for $patterns of $stream are $filters', ({ patterns, stream, filters }) => {
    expect(reduceFilters(patterns, stream)).toStrictEqual(filters);
  });

  const token = fc.constantFrom('a', 'b', '*');
  const pattern = fc
    .tuple(fc.array(token, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([tokens, takesRest]) => [...tokens, ...(takesRest ? ['>'] : [])].join('.'));
  const subject = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 }).map((all) => all.join('.'));

  it('let through whatever a pattern and the stream match, and never overlap', () => {
    const patterns = fc.array(pattern, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(patterns, fc.constantFrom(['a.>'], ['a.>', 'b.>'], ['>']), subject, (asked, stream, one) => {
        const filters = reduceFilters(asked, stream);
        const isWanted = compileSubjects(asked)(one) && compileSubjects(stream)(one);
        expect(!isWanted || filters === undefined || compileSubjects(filters)(one)).toBe(true);
        const pairs = filters?.flatMap((left, at) => filters.slice(at + 1).map((right) => overlaps(left, right))) ?? [];
        expect(pairs).not.toContain(true);
        expect(filters?.every((filter) => stream.some((own) => includes(own, filter))) ?? true).toBe(true);
      }),
    );
  });

  it('compare patterns as matching does', () => {
    fc.assert(
      fc.property(pattern, pattern, subject, (left, right, one) => {
        const both = compileSubjects([left])(one) && compileSubjects([right])(one);
        expect(!both || overlaps(left, right)).toBe(true);
        const isInBoth = !includes(left, right) || !compileSubjects([right])(one) || compileSubjects([left])(one);
        expect(isInBoth).toBe(true);
      }),
    );
  });
});
