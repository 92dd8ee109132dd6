/** `-f FILE|DIR|-`: which files, then their objects. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, resolve } from 'node:path';

import { CliError, exitCodes } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import type { ManifestSet } from './manifest.ts';
import { parseManifests } from './parse-manifests.ts';

const manifestExtensions: readonly string[] = ['.yaml', '.yml', '.json'];
/** Larger than any object that a server takes, by far. */
const fileMaxBytes = 64 * 1024 * 1024;

export interface ManifestSources {
  readonly paths: readonly string[];
  readonly isRecursive: boolean;
}

/** Rejects when a path does not exist or a folder holds no manifest; what is wrong inside a file is a problem of the set. */
export async function readManifests(terminal: Terminal, { paths, isRecursive }: ManifestSources): Promise<ManifestSet> {
  const sets: ManifestSet[] = [];
  for (const path of paths) {
    if (path === '-') sets.push(parseManifests(await terminal.readStdin(), 'standard input'));
    else if (/^https?:\/\//.test(path))
      throw new CliError(`${path} is not a file`, {
        hint: 'Download it first, or pipe it: curl -L URL | flotilla apply -f -',
      });
    else {
      for (const file of await filesOf(resolve(terminal.cwd, path), path, isRecursive)) {
        sets.push(
          parseManifests(await readFile(file, 'utf8'), join(path, relative(resolve(terminal.cwd, path), file))),
        );
      }
    }
  }
  return { manifests: sets.flatMap(({ manifests }) => manifests), problems: sets.flatMap(({ problems }) => problems) };
}

async function filesOf(path: string, shown: string, isRecursive: boolean): Promise<readonly string[]> {
  const found = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new CliError(`there is no file or folder ${shown}`, {
        exitCode: exitCodes.usage,
        hint: 'Check the path after -f',
      });
    }
    throw error;
  });
  if (!found.isDirectory()) {
    if (found.size > fileMaxBytes)
      throw new CliError(`${shown} is too large for a manifest: more than ${fileMaxBytes / 1024 / 1024} MiB`, {
        hint: 'Split it into several files',
      });
    return [path];
  }
  const entries = await readdir(path, { recursive: isRecursive, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && manifestExtensions.includes(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  if (files.length > 0) return files;
  throw new CliError(`${shown} holds no ${manifestExtensions.join(', ')} file`, {
    exitCode: exitCodes.usage,
    hint: isRecursive ? 'Check the path after -f' : 'Add -R to look into its folders too',
  });
}
