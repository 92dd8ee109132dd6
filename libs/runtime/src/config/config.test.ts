import { describe, expect, it } from 'vitest';
import { duration, flag, integer, number, oneOf, optional, secret, size, text, textList } from './config-field.ts';
import { configTable } from './config-table.ts';
import { ConfigError, effectiveConfig, loadConfig, type ConfigSource } from './load-config.ts';

const named = { variable: 'V', help: 'Help.' };

function source(env: ConfigSource['env'], files: Readonly<Record<string, string>> = {}): ConfigSource {
  return {
    env,
    readFile(path) {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return content;
    },
  };
}

function problemsOf(env: ConfigSource['env'], schema: Parameters<typeof loadConfig>[1]): readonly string[] {
  try {
    loadConfig(source(env), schema);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a setting', () => {
  it.each([
    ['text', text(named), 'a b', 'a b'],
    ['flag', flag(named), 'true', true],
    ['flag', flag(named), 'false', false],
    ['choice', oneOf(['a', 'b'], named), 'b', 'b'],
    ['list', textList(named), 'a, b,,c ', ['a', 'b', 'c']],
    ['integer', integer(named), '-12', -12],
    ['number', number(named), '0.25', 0.25],
    ['duration in milliseconds', duration(named), '250ms', 250],
    ['duration in seconds', duration(named), '30s', 30_000],
    ['duration of several units', duration(named), '1h30m5s', 5_405_000],
    ['duration in days', duration(named), '2d', 172_800_000],
    ['size in bytes', size(named), '1024', 1_024],
    ['size in Ki', size(named), '512Ki', 524_288],
    ['size in Mi', size(named), '64Mi', 67_108_864],
    ['size in Ti', size(named), '3Ti', 3 * 2 ** 40],
  ])('of kind %s reads its text', (_, field, given, expected) => {
    expect(loadConfig(source({ V: given }), { field })).toEqual({ field: expected });
  });

  it.each([
    ['flag', flag(named), 'yes', 'V is "yes", must be true or false'],
    ['choice', oneOf(['a', 'b'], named), 'c', 'V is "c", must be one of a, b'],
    ['integer', integer(named), '1.5', 'V is "1.5", must be a whole number'],
    ['integer out of range', integer({ ...named, min: '1', max: '9' }), '10', 'V is "10", must be from 1 to 9'],
    ['number', number(named), '1e3', 'V is "1e3", must be a number'],
    ['duration without unit', duration(named), '30', 'V is "30", must be a duration, as 250ms, 30s or 1h30m'],
    ['negative duration', duration(named), '-1s', 'V is "-1s", must be a duration, as 250ms, 30s or 1h30m'],
    ['duration below the least', duration({ ...named, min: '1s' }), '10ms', 'V is "10ms", must be at least 1s'],
    ['size with a decimal unit', size(named), '1M', 'V is "1M", must be a size, as 512Ki, 64Mi or 2Gi'],
    ['size beyond the most', size({ ...named, max: '1Gi' }), '2Gi', 'V is "2Gi", must be at most 1Gi'],
    [
      'size that no number holds',
      size(named),
      '999999999999Ti',
      'V is "999999999999Ti", must be a size, as 512Ki, 64Mi or 2Gi',
    ],
  ])('of kind %s says what is wrong and what is allowed', (_, field, given, problem) => {
    expect(problemsOf({ V: given }, { field })).toEqual([problem]);
  });

  it('that is not set, or empty, has its default', () => {
    const field = duration({ ...named, default: '5s' });
    expect([loadConfig(source({}), { field }), loadConfig(source({ V: '' }), { field })]).toEqual([
      { field: 5_000 },
      { field: 5_000 },
    ]);
  });

  it('that may be left out is undefined then', () => {
    expect(loadConfig(source({}), { field: optional(text(named)) })).toEqual({ field: undefined });
  });
});

describe('loading', () => {
  it('says all that is wrong at once', () => {
    const schema = {
      a: integer({ variable: 'A', help: 'An A.' }),
      b: text({ variable: 'B', help: 'A B.' }),
      c: flag({ variable: 'C', help: 'A C.', default: 'true' }),
      d: secret({ variable: 'D', help: 'A D.' }),
    };
    expect(problemsOf({ A: 'x', C: 'maybe', D_FILE: '/nowhere' }, schema)).toEqual([
      'A is "x", must be a whole number',
      'B is missing: A B.',
      'C is "maybe", must be true or false',
      'D_FILE names "/nowhere": ENOENT',
    ]);
  });

  it('takes a secret from a file, without the end of its line', () => {
    const schema = { token: secret({ variable: 'TOKEN', help: 'Token.' }) };
    expect(loadConfig(source({ TOKEN_FILE: '/token' }, { '/token': 'hunter2\n' }), schema)).toEqual({
      token: 'hunter2',
    });
  });

  it('refuses a secret that is given twice', () => {
    const schema = { token: secret({ variable: 'TOKEN', help: 'Token.' }) };
    expect(problemsOf({ TOKEN: 'a', TOKEN_FILE: 'b' }, schema)).toEqual([
      'TOKEN is set, and TOKEN_FILE, too: only one may be',
    ]);
  });

  it('takes files for secrets only', () => {
    expect(loadConfig(source({ V_FILE: '/x' }), { field: optional(text(named)) })).toEqual({ field: undefined });
  });
});

describe('the configuration in effect', () => {
  it('shows what counts, and no secret', () => {
    const schema = {
      a: integer({ variable: 'A', help: '', default: '1' }),
      url: text({ variable: 'URL', help: '' }),
      token: secret({ variable: 'TOKEN', help: '' }),
      other: optional(secret({ variable: 'OTHER', help: '' })),
    };
    const env = { URL: 'nats://user:hunter2@nats:4222,nats://user:hunter2@b', TOKEN_FILE: '/token' };
    expect(effectiveConfig(source(env, { '/token': 'hunter2' }), schema)).toEqual({
      A: '1',
      URL: 'nats://[secret]@nats:4222,nats://[secret]@b',
      TOKEN: '[secret]',
      OTHER: '',
    });
  });
});

describe('the table for people', () => {
  it('has a row for every setting', () => {
    const schema = {
      a: duration({ variable: 'A', help: 'Time | more.', default: '5s', min: '1s' }),
      b: secret({ variable: 'BB', help: 'Key.' }),
      c: optional(text({ variable: 'C', help: 'Text.' })),
    };
    expect(
      configTable(schema)
        .split('\n')
        .map((row) => row.replace(/\s+/g, ' ')),
    ).toEqual([
      '| variable | default | value | meaning |',
      expect.stringMatching(/^\| -+ \| -+ \| -+ \| -+ \|$/),
      '| `A` | `5s` | a duration, as 250ms, 30s or 1h30m at least 1s | Time \\| more. |',
      '| `BB` | **required** | text, or a file named by the variable with _FILE at its end | Key. |',
      '| `C` | none | text | Text. |',
    ]);
  });
});
