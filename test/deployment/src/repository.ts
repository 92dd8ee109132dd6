import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const repositoryRoot = resolve(import.meta.dirname, '../../..');

export function readRepositoryFile(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

/** YAML or JSON of the repository, as the caller knows it to be: a file that isn't fails where it's looked into. */
export function readYaml<T>(path: string): T {
  return parse(readRepositoryFile(path), { merge: true }) as T;
}
