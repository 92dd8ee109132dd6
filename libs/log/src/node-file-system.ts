import fs from 'node:fs';
import { open, readdir, rename, unlink } from 'node:fs/promises';

import { lockDirectory } from './directory-lock.ts';
import type { LogFile, LogFileSystem } from './file-system.ts';

/** The real disk. The hot calls (write, sync) use descriptors and callbacks: cheaper than file handles. */
export function createNodeFileSystem(): LogFileSystem {
  return {
    lock: lockDirectory,
    list: (directory) => readdir(directory),
    open: (path, mode) =>
      new Promise((resolve, reject) => {
        fs.open(path, mode === 'create' ? 'wx+' : 'r+', 0o600, (error, descriptor) => {
          if (error === null) resolve(createNodeFile(descriptor));
          else reject(error);
        });
      }),
    rename,
    remove: unlink,
    syncDirectory: async (directory) => {
      const handle = await open(directory, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

function createNodeFile(descriptor: number): LogFile {
  return {
    size: () =>
      new Promise((resolve, reject) => {
        fs.fstat(descriptor, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
      }),
    read: async (target, position) => {
      let total = 0;
      while (total < target.byteLength) {
        const count = await readOnce(descriptor, target.subarray(total), position + total);
        if (count === 0) break;
        total += count;
      }
      return total;
    },
    write: (buffers, position) =>
      new Promise((resolve, reject) => {
        fs.writev(descriptor, buffers, position, (error, written) =>
          error === null ? resolve(written) : reject(error),
        );
      }),
    sync: () => settle((done) => fs.fdatasync(descriptor, done)),
    truncate: (length) => settle((done) => fs.ftruncate(descriptor, length, done)),
    close: () => settle((done) => fs.close(descriptor, done)),
  };
}

function readOnce(descriptor: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(descriptor, target, 0, target.byteLength, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}

function settle(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}
