import { basename, dirname } from 'node:path';

import type { LogFile, LogFileSystem } from './file-system.ts';

export interface DiskOperation {
  readonly kind: 'open' | 'write' | 'sync' | 'truncate' | 'rename' | 'remove' | 'syncDirectory';
  readonly file: string;
  /** Bytes asked for by a write. */
  readonly bytes: number;
}

/** `error`: the operation does nothing and fails with that code. `short`: a write takes only so many bytes, and succeeds. `partial`: it takes them, and fails. */
export type DiskFault =
  | { readonly kind: 'error'; readonly code: string }
  | { readonly kind: 'short'; readonly bytes: number }
  | { readonly kind: 'partial'; readonly bytes: number; readonly code: string };

interface Inode {
  current: Buffer;
  synced: Buffer;
}

/**
 * A disk in memory that forgets what wasn't synced: contents by `sync`, names by `syncDirectory`. For tests of the log: `fault` is asked before every operation
 * that changes something, `afterPowerLoss` gives the disk as a machine would find it.
 */
export class SimulatedDisk implements LogFileSystem {
  fault: (operation: DiskOperation) => DiskFault | undefined = () => undefined;
  operations = 0;
  #names = new Map<string, Inode>();
  #syncedNames = new Map<string, Inode>();

  lock(): Promise<{ release(): Promise<void> }> {
    return Promise.resolve({ release: () => Promise.resolve() });
  }

  list(directory: string): Promise<readonly string[]> {
    return Promise.resolve(
      [...this.#names.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path)),
    );
  }

  open(path: string, mode: 'create' | 'update'): Promise<LogFile> {
    const there = this.#names.get(path);
    if (mode === 'update') return there === undefined ? failWith('ENOENT') : Promise.resolve(this.#fileOf(path, there));
    if (there !== undefined) return failWith('EEXIST');
    const inode = { current: Buffer.alloc(0), synced: Buffer.alloc(0) };
    return this.#change('open', path, () => {
      this.#names.set(path, inode);
      return this.#fileOf(path, inode);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#change('rename', from, () => {
      const inode = this.#names.get(from);
      if (inode === undefined) throw systemError('ENOENT');
      this.#names.delete(from);
      this.#names.set(to, inode);
    });
  }

  remove(path: string): Promise<void> {
    return this.#change('remove', path, () => {
      if (!this.#names.delete(path)) throw systemError('ENOENT');
    });
  }

  syncDirectory(directory: string): Promise<void> {
    return this.#change('syncDirectory', directory, () => {
      this.#syncedNames = new Map(this.#names);
    });
  }

  contents(path: string): Buffer {
    const inode = this.#names.get(path);
    if (inode === undefined) throw systemError('ENOENT');
    return inode.current;
  }

  put(path: string, contents: Uint8Array): void {
    const bytes = Buffer.from(contents);
    this.#names.set(path, { current: bytes, synced: bytes });
    this.#syncedNames = new Map(this.#names);
  }

  /**
   * `choose(n)` gives a whole number from 0 to n: how much of what wasn't synced reached the disk all the same. Names may have reached it one by one, in any
   * order.
   */
  afterPowerLoss(choose: (max: number) => number): SimulatedDisk {
    const disk = new SimulatedDisk();
    for (const path of new Set([...this.#syncedNames.keys(), ...this.#names.keys()])) {
      const before = this.#syncedNames.get(path);
      const after = this.#names.get(path);
      const inode = before === after || choose(1) === 1 ? after : before;
      if (inode !== undefined) disk.put(path, contentsAfterPowerLoss(inode, choose));
    }
    return disk;
  }

  #fileOf(path: string, inode: Inode): LogFile {
    return {
      size: () => Promise.resolve(inode.current.byteLength),
      read: (target, position) => {
        const part = inode.current.subarray(position, position + target.byteLength);
        target.set(part);
        return Promise.resolve(part.byteLength);
      },
      write: (buffers, position) => this.#write(path, inode, Buffer.concat(buffers), position),
      sync: () =>
        this.#change('sync', path, () => {
          inode.synced = inode.current;
        }),
      truncate: (length) =>
        this.#change('truncate', path, () => {
          inode.current = inode.current.subarray(0, length);
        }),
      close: () => Promise.resolve(),
    };
  }

  #write(path: string, inode: Inode, bytes: Buffer, position: number): Promise<number> {
    this.operations++;
    const fault = this.fault({ kind: 'write', file: basename(path), bytes: bytes.byteLength });
    if (fault?.kind === 'error') return failWith(fault.code);
    const taken = fault === undefined ? bytes : bytes.subarray(0, fault.bytes);
    const before = inode.current.subarray(0, position);
    inode.current = Buffer.concat([before, taken, inode.current.subarray(position + taken.byteLength)]);
    return fault?.kind === 'partial' ? failWith(fault.code) : Promise.resolve(taken.byteLength);
  }

  #change<Result>(kind: DiskOperation['kind'], path: string, act: () => Result): Promise<Result> {
    this.operations++;
    const fault = this.fault({ kind, file: basename(path), bytes: 0 });
    if (fault !== undefined) return failWith(fault.kind === 'short' ? 'EIO' : fault.code);
    return new Promise((resolve) => {
      resolve(act());
    });
  }
}

function contentsAfterPowerLoss({ current, synced }: Inode, choose: (max: number) => number): Buffer {
  const grownBytes = current.byteLength - synced.byteLength;
  if (grownBytes > 0) return current.subarray(0, synced.byteLength + choose(grownBytes));
  return current === synced || choose(1) === 1 ? current : synced;
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

function failWith(code: string): Promise<never> {
  return Promise.reject(systemError(code));
}
