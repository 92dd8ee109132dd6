import type { Command } from 'commander';

import type { RestoreDataOptions } from '../backup/restore-data.ts';
import type { Terminal } from '../terminal.ts';

export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command('restore')
    .summary('make a data directory anew from a backup')
    .description(
      'Make the log of a data directory from a backup. Objects keep their revisions, new ones begin above all that were ever given. The backup is read to its end first: one that is damaged changes nothing.',
    )
    .argument('<file>', 'what "flotilla backup" wrote')
    .option('--data-dir <dir>', 'data directory of a platform that is stopped', '.flotilla')
    .option('--force', 'replace what the directory holds: it is gone then')
    .addHelpText(
      'after',
      `
Examples:
  flotilla restore monday.flotilla
  flotilla restore monday.flotilla --data-dir /var/lib/flotilla --force

Put the key ring back as well (DIR/encryption/key-ring.json): without it the Secrets of the backup cannot be read.`,
    )
    .action(async (file: string, options: RestoreDataOptions) => {
      const { restoreData } = await import('../backup/restore-data.ts');
      await restoreData(terminal, file, options);
    });
}
