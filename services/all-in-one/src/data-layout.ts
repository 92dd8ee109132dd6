/** What is where in a data directory. */
import { join } from 'node:path';

export function logDirectoryOf(dataDir: string): string {
  return join(dataDir, 'log');
}

export function archiveDirectoryOf(dataDir: string): string {
  return join(dataDir, 'archive');
}

/** Without it, no Secret of the log can be read. */
export function keyRingPathOf(dataDir: string): string {
  return join(dataDir, 'encryption', 'key-ring.json');
}
