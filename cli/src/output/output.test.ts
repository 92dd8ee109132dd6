import { stripVTControlCharacters } from 'node:util';

import colors from 'picocolors';
import { describe, expect, it } from 'vitest';

import { age } from './age.ts';
import { createTextTable, textTable } from './text-table.ts';
import { renderTree } from './tree.ts';
import { wrap } from './wrap.ts';

const plain = colors.createColors(false);

describe('tables', () => {
  it('aligns columns and leaves no spaces at the end', () => {
    expect(
      textTable(
        ['NAME', 'READY'],
        [
          ['web', '1/1'],
          ['a-longer-name', ''],
        ],
      ),
    ).toEqual(['NAME            READY', 'web             1/1', 'a-longer-name']);
  });

  it('does not count colours as width', () => {
    const { green } = colors.createColors(true);
    const [first, second] = textTable(
      [],
      [
        [green('ok'), 'x'],
        ['long', 'y'],
      ],
    );
    expect(stripVTControlCharacters(first ?? '')).toBe('ok     x');
    expect(second).toBe('long   y');
  });

  it('keeps its columns for later rows', () => {
    const table = createTextTable();
    table.lines([['a-longer-name', 'x']]);
    expect(table.lines([['a', 'y']])).toEqual(['a               y']);
  });
});

describe('trees', () => {
  it('draws branches', () => {
    const root = { text: 'root', children: [{ text: 'a', children: [{ text: 'b' }] }, { text: 'c' }] };
    expect(renderTree(root, { colors: plain, columns: 80 })).toEqual(['root', '├─ a', '│  └─ b', '└─ c']);
  });

  it('continues long lines below their beginning', () => {
    const words = Array.from({ length: 12 }, (_, index) => `word${index}`).join(' ');
    const lines = renderTree(
      { text: 'root', children: [{ text: words }, { text: 'c' }] },
      { colors: plain, columns: 50 },
    );
    expect(lines).toEqual([
      'root',
      '├─ word0 word1 word2 word3 word4 word5 word6',
      '│    word7 word8 word9 word10 word11',
      '└─ c',
    ]);
  });
});

describe('wrapping', () => {
  it.each([
    ['short', 10, ['short']],
    ['one two three', 7, ['one two', 'three']],
    ['  indented two three', 14, ['  indented two', 'three']],
    ['averyveryverylongword b', 5, ['averyveryverylongword', 'b']],
    ['no limit at all', Number.POSITIVE_INFINITY, ['no limit at all']],
  ])('%j at %d', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});

describe('ages', () => {
  it.each([
    [0, '0s'],
    [119, '119s'],
    [125, '2m5s'],
    [600, '10m'],
    [3 * 3_600 + 120, '3h2m'],
    [9 * 3_600, '9h'],
    [3 * 86_400 + 7_200, '3d2h'],
    [30 * 86_400, '30d'],
    [800 * 86_400, '2y70d'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(age('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:00:00Z') + seconds * 1_000)).toBe(text);
  });

  it('does not guess', () => {
    expect(age(undefined, 0)).toBe('<unknown>');
  });
});
