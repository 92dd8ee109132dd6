import type { Command } from 'commander';

import { usageError } from '../errors.ts';
import type { Terminal } from '../terminal.ts';

export function addVerify(program: Command, terminal: Terminal): void {
  program
    .command('verify')
    .summary('check a backup, or a data directory against its archive')
    .description(
      'Check that a backup is whole and unchanged; or, of a platform that is stopped, the files of its log, and each object against the archive. Nothing is changed: a running platform with an archive compares the two all the time, and mends them.',
    )
    .argument('[file]', 'what "flotilla backup" wrote')
    .option('--data-dir <dir>', 'data directory of a platform that is stopped')
    .addHelpText(
      'after',
      `
Examples:
  flotilla verify monday.flotilla
  flotilla verify --data-dir .flotilla

The exit code is 1 when something differs or is damaged.`,
    )
    .action(async (file: string | undefined, { dataDir }: { readonly dataDir?: string }) => {
      if ((file === undefined) === (dataDir === undefined)) {
        throw usageError(
          'what is to be checked?',
          'Name a backup, or a data directory: flotilla verify --data-dir DIR',
        );
      }
      const { verifyBackup, verifyDataDirectory } = await import('../backup/verify-data.ts');
      if (file !== undefined) await verifyBackup(terminal, file);
      else await verifyDataDirectory(terminal, dataDir ?? '');
    });
}
