import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';

import type { BackupOptions } from '../backup/write-backup-file.ts';
import { usageError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';
import { collect } from './arguments.ts';

export function addBackup(program: Command, terminal: Terminal): void {
  program
    .command('backup')
    .summary('write everything that is declared into a file')
    .description(
      'Write the state of the control plane into one file: every object, with its revision. The platform may run meanwhile: what it had acknowledged when the backup began is in it.',
    )
    .requiredOption('-o, --output <file>', 'file to write; it must not be there yet')
    .option('--data-dir <dir>', 'data directory of a platform on this machine (default: .flotilla)')
    .option('--from-archive', 'read the archive in the data directory, not the log')
    .addOption(
      new Option('--revision <number>', 'with --from-archive: the state at an earlier revision').argParser(revision),
    )
    .addOption(
      new Option('--nats <url>', 'NATS server that holds the log, in place of a data directory (repeatable)')
        .argParser(collect)
        .conflicts(['dataDir', 'fromArchive']),
    )
    .option('--nats-ca-file <file>', 'authority of the certificates of the NATS servers, in PEM')
    .option('--nats-cert-file <file>', 'certificate that NATS knows you by, in PEM')
    .option('--nats-key-file <file>', 'key of that certificate, in PEM')
    .addHelpText(
      'after',
      `
Examples:
  flotilla backup -o monday.flotilla
  flotilla backup --data-dir /var/lib/flotilla --from-archive -o monday.flotilla
  flotilla backup --nats tls://nats-0:4222 --nats-ca-file trust/platform/ca.crt \\
    --nats-cert-file trust/platform/tls.crt --nats-key-file trust/platform/tls.key -o monday.flotilla

Secrets stay sealed. Keys are not in it: keep the key ring, too (DIR/encryption/key-ring.json), and in another place.`,
    )
    .action(async (options: BackupOptions) => {
      if (options.revision !== undefined && options.fromArchive !== true) {
        throw usageError('--revision needs --from-archive', 'The log knows the newest state only');
      }
      const { writeBackupFile } = await import('../backup/write-backup-file.ts');
      await writeBackupFile(terminal, options);
    });
}

function revision(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}
