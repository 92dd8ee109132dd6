import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of the path is a file',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'its symbolic links go round in circles',
  // The parent is there and still the directory cannot be: /proc and the like.
  ENOENT: 'nothing can be created there',
};

/** What stopped the start, for people: errors of the disk say what to do, all others speak for themselves. */
export function startFailure(error: unknown, dataDir: string): unknown {
  const code = codeOf(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new Error(`the disk of ${dataDir} is full: free some space and start again; nothing is lost`, {
    cause: error,
  });
}

/** Makes the directory when it is not there. Throws one line for people when nothing can be kept in it. */
export async function prepareDataDirectory(path: string): Promise<void> {
  try {
    await makeDirectory(resolve(path));
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    await tryToWrite(path);
  } catch (error) {
    const code = codeOf(error) ?? String(error);
    throw new Error(
      `data cannot be kept in ${path}: ${reasons[code] ?? code}. Choose another directory with --data-dir`,
      { cause: error },
    );
  }
}

/** Not `mkdir` with `recursive`: that never ends where a parent exists and takes no directories, such as /proc. */
async function makeDirectory(path: string): Promise<void> {
  if (await exists(path)) {
    if (!(await stat(path)).isDirectory()) throw Object.assign(new Error(`${path} is a file`), { code: 'EEXIST' });
    return;
  }
  if (dirname(path) !== path && !(await exists(dirname(path)))) await makeDirectory(dirname(path));
  await mkdir(path, { mode: 0o700 });
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Rights alone do not say it: the administrator has them everywhere, also where nothing can be created. */
async function tryToWrite(path: string): Promise<void> {
  const probe = join(path, `.probe-${randomBytes(4).toString('hex')}`);
  const file = await open(probe, 'wx', 0o600);
  await file.close();
  await rm(probe, { force: true });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
