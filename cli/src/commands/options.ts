import type { Command } from 'commander';

import type { Terminal } from '../terminal.ts';

export function addOptions(program: Command, terminal: Terminal): void {
  program
    .command('options')
    .summary('show the options that all commands take')
    .description('Show the options that all commands take.')
    .addHelpText('after', '\nExample:\n  flotilla options')
    .action(() => {
      terminal.out('Options of all commands:\n');
      for (const { flags, description } of program.options) terminal.out(`  ${flags.padEnd(28)}${description}\n`);
    });
}
