import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureTrust } from '@flotilla/trust/trust-directory';

/** Every file that `flotilla init` makes for three NATS servers, relative to its directory. */
export async function trustFiles(): Promise<ReadonlySet<string>> {
  const directory = mkdtempSync(join(tmpdir(), 'flotilla-trust-'));
  try {
    await ensureTrust({ directory, nowMs: Date.now(), natsReplicas: 3, mountedAt: '/etc/flotilla' });
    const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
    return new Set(
      entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
