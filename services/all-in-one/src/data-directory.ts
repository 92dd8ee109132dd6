import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of the path is a file',
  ENOSPC: 'the disk is full',
};

/** What stopped the start, for people: errors of the disk say what to do, all others speak for themselves. */
export function startFailure(error: unknown, dataDir: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new Error(`the disk of ${dataDir} is full: free some space and start again; nothing is lost`, {
    cause: error,
  });
}

/** Makes the directory when it is not there. Throws one line for people when nothing can be kept in it. */
export async function prepareDataDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(
      `data cannot be kept in ${path}: ${reasons[code] ?? code}. Choose another directory with --data-dir`,
      {
        cause: error,
      },
    );
  }
}
