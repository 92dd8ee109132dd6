import { describe, expect, it } from 'vitest';
import { compileJsonPath, simplePath } from './json-path.ts';

describe('compileJsonPath', () => {
  const value = {
    a: [
      { n: 1, t: 'x' },
      { n: 2, t: 'y' },
    ],
    'b.c': { d: 5 },
    m: { z: 1, y: 2 },
  };

  it.each<[string, readonly unknown[]]>([
    ['.a[0].n', [1]],
    ['{.a[-1].t}', ['y']],
    ['$.a[*].n', [1, 2]],
    ["['b\\.c'].d", [5]],
    ['.b\\.c.d', [5]],
    ["['m.z']", [1]],
    ['.a[?(@.n>1)].t', ['y']],
    ['.a[?(@.t!="x")].n', [2]],
    ['.a[?(@.n<="1")].n', []],
    ['.a[7]', []],
    ['.a[1,0].n', [2, 1]],
    ['.a[0:1].n', [1]],
    ['.a[::2].n', [1]],
    ['.m.*', [2, 1]],
    ['.m[*]', []],
    ['..n', [1, 2]],
    ['', [value]],
  ])('%s finds %j', (path, found) => {
    expect(compileJsonPath(path)?.(value)).toEqual(found);
  });

  it.each(['.a[', '.a[?(@.n=~"x")]', '.a[(1)]', '.a[x]'])('does not take %s', (path) => {
    expect(compileJsonPath(path)).toBeUndefined();
  });
});

describe('simplePath', () => {
  it.each<[string, readonly string[] | undefined]>([
    ['.spec.replicas', ['spec', 'replicas']],
    ['{.spec.replicas}', ['spec', 'replicas']],
    [".spec['replicas']", ['spec', 'replicas']],
    ['.spec.list[0]', undefined],
    ['.spec.*', undefined],
    ['', undefined],
  ])('reads %s as %j', (path, names) => {
    expect(simplePath(path)).toEqual(names);
  });
});
