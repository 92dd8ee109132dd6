import { describe, expect, it } from 'vitest';

import { applyJsonPatch } from './json-patch.ts';

const document = { data: { a: '1' }, list: [1, 2] };

describe('applyJsonPatch', () => {
  it('applies operations in order and leaves the document alone', () => {
    const patch = [
      { op: 'add', path: '/data/b', value: '2' },
      { op: 'add', path: '/list/-', value: 3 },
      { op: 'move', from: '/data/a', path: '/data/c' },
      { op: 'test', path: '/data/c', value: '1' },
      { op: 'replace', path: '/list/0', value: 0 },
      { op: 'remove', path: '/list/1' },
      { op: 'copy', from: '/data/b', path: '/copied~1value' },
    ];
    const before = structuredClone(document);
    expect(applyJsonPatch(document, patch)).toEqual({
      kind: 'patched',
      object: { data: { b: '2', c: '1' }, list: [0, 3], 'copied/value': '2' },
    });
    expect(document).toEqual(before);
  });

  it.each([
    [{ op: 'add' }, 'malformed'],
    [[{ op: 'frob', path: '/a' }], 'invalid'],
    [[{ op: 'add', path: 'a', value: 1 }], 'invalid'],
    [[{ op: 'test', path: '/data/a', value: '2' }], 'invalid'],
    [[{ op: 'remove', path: '/data/nope' }], 'invalid'],
    [[{ op: 'replace', path: '/nope/x', value: 1 }], 'invalid'],
    [[{ op: 'add', path: '/list/9', value: 1 }], 'invalid'],
    [[{ op: 'add', path: '/__proto__/polluted', value: 1 }], 'invalid'],
    [[{ op: 'replace', path: '', value: [] }], 'invalid'],
    [Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/a', value: '1' })), 'too-large'],
  ])('refuses a bad patch (%#)', (patch, code) => {
    expect(applyJsonPatch(document, patch)).toMatchObject({ kind: 'failed', code });
  });

  it('does not let copies grow without bound', () => {
    const copies = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '/data', path: `/copy${index}` }));
    const outcome = applyJsonPatch({ data: 'x'.repeat(100_000) }, copies);
    expect(outcome.kind === 'failed' ? outcome.code : outcome.kind).toBe('too-large');
  });
});
