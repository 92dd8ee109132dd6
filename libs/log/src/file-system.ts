/**
 * The few file operations that the embedded log needs, as a port so that tests can make a disk fill up, write short or fail to sync.
 * Every method rejects with Node's system errors (`code` = `ENOSPC`, `EIO`, …).
 */
export interface LogFileSystem {
  /** Makes the directory when it isn't there, and keeps other processes out of it until released. Throws DirectoryLocked. */
  lock(directory: string): Promise<{ release(): Promise<void> }>;
  /** Names in the directory, unsorted. */
  list(directory: string): Promise<readonly string[]>;
  /** `create` fails when the file exists; `update` fails when it doesn't. */
  open(path: string, mode: 'create' | 'update'): Promise<LogFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes creations, renames and removals in the directory durable. */
  syncDirectory(directory: string): Promise<void>;
}

export interface LogFile {
  size(): Promise<number>;
  /** Reads into `target`; fewer bytes than asked only at the end of the file. */
  read(target: Uint8Array, position: number): Promise<number>;
  /** Writes the buffers one after the other from `position`; may write less than all, as the system call may. Returns the bytes written. */
  write(buffers: readonly Uint8Array[], position: number): Promise<number>;
  /** Resolves when everything written is on stable storage. */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Writes all of the buffers, however little each call takes. A call that takes nothing is an error. */
export async function writeAll(file: LogFile, buffers: readonly Uint8Array[], position: number): Promise<number> {
  let rest: readonly Uint8Array[] = buffers;
  let at = position;
  while (rest.length > 0) {
    const written = await file.write(rest, at);
    if (written <= 0) throw new Error('the file took no bytes');
    at += written;
    rest = dropBytes(rest, written);
  }
  return at - position;
}

function dropBytes(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count;
  for (const [index, buffer] of buffers.entries()) {
    if (left < buffer.byteLength) return [buffer.subarray(left), ...buffers.slice(index + 1)];
    left -= buffer.byteLength;
  }
  return [];
}
