/** Rules of the repository that no linter knows, as tests. A message says what to do instead. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const sources = tracked.filter(
  (file) => /^(libs|services|cli|test|scripts)\/.*\.ts$/.test(file) && !/\/(testdata|generated)\//.test(file),
);
const pages = tracked.filter((file) => file.endsWith('.md'));

const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('sources', () => {
  it('have no file named for what it is not', () => {
    const vague = sources.filter((file) => /\/(utils?|helpers?|common|shared|misc|index)(\.ts|\/)/.test(file));
    expect(vague, 'name the concept the file is about').toEqual([]);
  });

  it('leave nothing for later in comments', () => {
    const marker = new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b`);
    const later = sources.filter((file) => marker.test(read(file)));
    expect(later, 'do it, or say in the README how it is limited').toEqual([]);
  });

  it('stay small enough to read', () => {
    const long = sources.filter((file) => read(file).split('\n').length > (file.endsWith('.test.ts') ? 700 : 520));
    expect(long, 'split by responsibility').toEqual([]);
  });

  it('name no path of a machine', () => {
    const needle = new RegExp(['"/ro', 'ot/|/ho', 'me/[a-z]+/|"/wo', 'rk/'].join(''));
    const local = [...sources, ...pages].filter((file) => needle.test(read(file)));
    expect(local, 'use a path relative to the repository').toEqual([]);
  });
});

describe('packages', () => {
  const packages = tracked.filter((file) => /^(libs|services)\/[^/]+\/package\.json$/.test(file)).map(dirname);

  it('have a README', () => {
    expect(packages.filter((directory) => !existsSync(join(root, directory, 'README.md')))).toEqual([]);
  });

  it('have one version', () => {
    const versions = packages.map(
      (directory) => (JSON.parse(read(join(directory, 'package.json'))) as { version: string }).version,
    );
    expect(new Set(versions)).toEqual(new Set(['0.1.0']));
  });

  it('name exact versions of what they depend on', () => {
    const loose = packages.flatMap((directory) => {
      const { dependencies = {} } = JSON.parse(read(join(directory, 'package.json'))) as {
        dependencies?: Record<string, string>;
      };
      return Object.entries(dependencies).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    });
    expect(loose).toEqual([]);
  });
});

describe('pages', () => {
  it('have no dead link', () => {
    const dead = pages.flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .map(([, link = '']) => join(dirname(file), link))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${file} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('mention only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const known = new Set([...Object.keys(scripts), 'ci', 'install']);
    const unknown = pages.flatMap((file) =>
      [...read(file).matchAll(/npm (?:run )?([a-z][a-z:]*)/g)]
        .map(([, name = '']) => name)
        .filter(
          (name) =>
            !known.has(name) && /^(start|test|run|check|bench|gen|demo|vectors|clusters|format|simulate)/.test(name),
        )
        .filter((name) => name !== 'run')
        .map((name) => `${file}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('number ADRs without gap', () => {
    const numbers = pages
      .filter((file) => file.startsWith('docs/adr/'))
      .map((file) => Number(/\/(\d{4})-/.exec(file)?.[1]));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
  });
});
