import { Argument } from 'commander';
import type { Command } from 'commander';

import type { Terminal } from '../terminal.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .summary('print a script that completes this command in a shell')
    .description('Print a script that completes commands, options, kinds and names of objects in a shell.')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  source <(flotilla completion bash)                                    in this shell
  flotilla completion zsh > "\${fpath[1]}/_flotilla"                     for good, in zsh
  flotilla completion fish > ~/.config/fish/completions/flotilla.fish   for good, in fish`,
    )
    .action(async (shell: Shell) => {
      const { completionScript } = await import('../completion/completion-script.ts');
      terminal.out(completionScript(shell));
    });
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (words: readonly string[]) => {
      const { completions } = await import('../completion/completions.ts');
      for (const candidate of await completions(terminal, program, words)) terminal.out(`${candidate}\n`);
    });
}
