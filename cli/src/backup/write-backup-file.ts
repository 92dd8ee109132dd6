import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { archiveDirectoryOf, keyRingPathOf, logDirectoryOf } from '@flotilla/all-in-one/data-layout';
import { checkBackup } from '@flotilla/archive/restore-backup';
import { archiveBackupSource, logBackupSource, writeBackup, type BackupSource } from '@flotilla/archive/write-backup';

import { CliError } from '../errors.ts';
import { withProgress, type Progress } from '../output/progress.ts';
import type { Terminal } from '../terminal.ts';
import { holdsArchive, withArchive } from './data-archive.ts';
import { damageOf, describeBackup, mebibytes } from './describe.ts';
import { withLogCopy } from './log-copy.ts';

export interface BackupOptions {
  readonly output: string;
  readonly dataDir?: string;
  readonly fromArchive?: boolean;
  readonly revision?: number;
  readonly nats?: readonly string[];
  readonly natsCaFile?: string;
  readonly natsCertFile?: string;
  readonly natsKeyFile?: string;
}

/** Writes beside the file, reads it once more, then gives it its name: there's a whole backup, or none. */
export async function writeBackupFile(terminal: Terminal, options: BackupOptions): Promise<void> {
  const file = resolve(terminal.cwd, options.output);
  if (existsSync(file)) throw new CliError(`${options.output} is there already`, { hint: 'Choose another name' });
  const draft = `${file}.partial`;
  const dataDir = resolve(terminal.cwd, options.dataDir ?? '.flotilla');
  try {
    await withProgress(terminal, 'reading the state', (progress) =>
      withSource(options, { dataDir, workDir: dirname(file), now: terminal.now }, (source) =>
        writeDraft(terminal, draft, source, progress),
      ),
    );
    const { manifest, trailer } = await checkBackup(bytesOf(draft));
    await rename(draft, file);
    terminal.out(`${options.output}: ${describeBackup(manifest, trailer)}\n`);
  } finally {
    await rm(draft, { force: true });
  }
  if (options.nats === undefined && existsSync(keyRingPathOf(dataDir))) {
    terminal.err(`Secrets in it are sealed: keep ${keyRingPathOf(dataDir)} as well, and in another place.\n`);
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array, void> {
  const handle = await open(path, 'r');
  yield* handle.createReadStream();
}

async function writeDraft(terminal: Terminal, path: string, source: BackupSource, progress: Progress): Promise<void> {
  const handle = await open(path, 'w', 0o600);
  try {
    let bytes = 0;
    for await (const frame of writeBackup(source, terminal.now())) {
      terminal.signal.throwIfAborted();
      await handle.write(frame);
      bytes += frame.byteLength;
      progress.show(`writing the backup: ${mebibytes(bytes)}`);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface Place {
  readonly dataDir: string;
  /** Where the log may be copied to. */
  readonly workDir: string;
  readonly now: () => number;
}

async function withSource(
  options: BackupOptions,
  { dataDir, workDir, now }: Place,
  work: (source: BackupSource) => Promise<void>,
): Promise<void> {
  if (options.nats !== undefined) return withNats(options, options.nats, work);
  if (options.fromArchive === true) {
    if (!holdsArchive(dataDir)) {
      throw new CliError(`there is no archive in ${archiveDirectoryOf(dataDir)}`, {
        hint: 'It is made where the platform runs with --archive',
      });
    }
    return withArchive(dataDir, now, (archive) => work(archiveBackupSource(archive, options.revision)));
  }
  return withLogCopy(logDirectoryOf(dataDir), workDir, async (log) => {
    const damage = damageOf(log.recovery.cuts);
    if (damage.length > 0) {
      const hint = holdsArchive(dataDir)
        ? 'Back up from the archive: add --from-archive'
        : 'Start the platform: it says what is lost, and goes on with the state before';
      throw new CliError('the log is damaged', { hint, details: damage });
    }
    await work(logBackupSource(log));
  });
}

async function withNats(
  { natsCaFile, natsCertFile, natsKeyFile }: BackupOptions,
  servers: readonly string[],
  work: (source: BackupSource) => Promise<void>,
): Promise<void> {
  const [{ connectNats }, { createJetStreamLog }, { stateStream }] = await Promise.all([
    import('@flotilla/log/jetstream/nats-link'),
    import('@flotilla/log/jetstream-log'),
    import('@flotilla/log/jetstream/streams'),
  ]);
  const link = await connectNats({
    servers: [...servers],
    name: 'flotilla backup',
    ...((natsCaFile ?? natsCertFile) !== undefined && {
      tls: {
        ...(natsCaFile !== undefined && { caFile: natsCaFile }),
        ...(natsCertFile !== undefined && { certFile: natsCertFile }),
        ...(natsKeyFile !== undefined && { keyFile: natsKeyFile }),
      },
    }),
  });
  try {
    const log = await createJetStreamLog({ link, stream: stateStream(), compactionIntervalMs: 0 });
    try {
      await work(logBackupSource(log));
    } finally {
      await log.close();
    }
  } finally {
    await link.close();
  }
}
