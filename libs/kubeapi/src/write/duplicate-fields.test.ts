import * as fc from 'fast-check';
import { LineCounter, parseDocument } from 'yaml';
import { describe, expect, it } from 'vitest';
import { findingsOf, hasDuplicateNames, listFindings, yamlDuplicates } from './duplicate-fields.ts';

/** What kube-apiserver 1.36 answers to the same bodies. */
const jsonRows: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ['a field of the object', '{"data":{"a":"1"},"data":{"b":"2"}}', [], ['duplicate field "data"']],
  ['a key of a map', '{"data":{"a":"1","a":"2"}}', [], ['duplicate field "data.a"']],
  ['a name written with an escape', '{"data":{"\\u0061":"1","a":"2"}}', [], ['duplicate field "data.a"']],
  ['a name that comes three times, once', '{"x":{"y":1,"y":2,"y":3}}', [], ['duplicate field "x.y"']],
  [
    'items of lists, and a structure that comes again behind what was wrong inside of it',
    '{"spec":{"l":[{"n":"a","n":"b"},{"n":"c","m":[{"o":1,"o":2}]}]},"spec":{}}',
    [],
    ['duplicate field "spec.l[0].n"', 'duplicate field "spec.l[1].m[0].o"', 'duplicate field "spec"'],
  ],
  [
    'unknown fields in their place, each once, and nothing of what is inside of them',
    '{"foo":{"a":1,"a":2},"metadata":{"bar":2,"name":"x","name":"y"},"zed":1,"foo":3}',
    ['unknown field "foo"', 'unknown field "metadata.bar"', 'unknown field "zed"'],
    ['unknown field "foo"', 'unknown field "metadata.bar"', 'duplicate field "metadata.name"', 'unknown field "zed"'],
  ],
  ['nothing of brackets, colons and quotes in strings', '{"a":"{\\"a\\":1,","b":"[:\\\\"}', [], []],
];

describe('duplicate fields of JSON', () => {
  it.each(jsonRows)('names %s', (_, text, unknown, expected) => {
    expect(listFindings(text, unknown)).toStrictEqual(expected);
    expect(hasDuplicateNames(text, JSON.parse(text))).toBe(expected.some((finding) => finding.startsWith('dup')));
  });

  it('come before unknown fields, which are in order of their paths, in kinds that are not compiled in', () => {
    const text = '{"u":1,"u":2,"spec":{"zz":1}}';
    const unknown = ['unknown field "u"', 'unknown field "spec.zz"'];
    expect(findingsOf({ syntax: 'json', text }, JSON.parse(text), unknown, false).errors).toStrictEqual([
      'duplicate field "u"',
      'unknown field "spec.zz"',
      'unknown field "u"',
    ]);
  });

  it('are found in any text that has one, and in no other', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ minLength: 60, maxLength: 200 }),
      fc.constant('":\\'),
    );
    const values = fc.oneof(fc.jsonValue(), fc.dictionary(noise, noise), fc.array(noise));
    fc.assert(
      fc.property(values, noise, values, (value, name, other) => {
        const text = JSON.stringify(value);
        expect(hasDuplicateNames(text, value)).toBe(false);
        const key = JSON.stringify(name);
        const doubled = `[{${key}:${text}, ${key} : ${JSON.stringify(other)}}]`;
        expect(hasDuplicateNames(doubled, JSON.parse(doubled))).toBe(true);
        expect(listFindings(doubled, [])).toStrictEqual([`duplicate field ${JSON.stringify(`[0].${name}`)}`]);
      }),
    );
  });

  it('does not overflow on a text that is nothing but nesting', () => {
    const text = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(hasDuplicateNames(text, JSON.parse(text))).toBe(false);
  });
});

describe('duplicate keys of YAML', () => {
  it.each([
    ['names the line of each key that comes again', 'a: "1"\nb:\n  c: 1\n  c: 2\na: "2"\n"a": "3"\n', [4, 5, 6]],
    [
      'names the line where the value of a structure begins',
      'kind: A\ndata:\n  a: "1"\nkind: B\ndata:\n  b: "2"\n',
      [4, 6],
    ],
    ['finds those of JSON as well', '{"data":{"a":"1","a":"2"}}', [1]],
    ['finds nothing where there is nothing', 'a: 1\nb: {a: 1}\n', []],
  ])('%s', (_, text, lines) => {
    const lineCounter = new LineCounter();
    const document = parseDocument(text, { lineCounter, uniqueKeys: false });
    const found = yamlDuplicates(document, lineCounter);
    expect(found.map((line) => Number(/^line (\d+): key ".+" already set in map$/.exec(line)?.[1]))).toStrictEqual(
      lines,
    );
  });

  it('are one part of a strict refusal, and a warning each', () => {
    const duplicates = ['line 5: key "a" already set in map', 'line 8: key "b" already set in map'];
    expect(findingsOf({ syntax: 'yaml', duplicates }, {}, ['unknown field "foo"'], true)).toStrictEqual({
      errors: [
        'yaml: unmarshal errors:\n  line 5: key "a" already set in map\n  line 8: key "b" already set in map',
        'unknown field "foo"',
      ],
      warnings: [...duplicates, 'unknown field "foo"'],
    });
  });
});
