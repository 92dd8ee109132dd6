import { Option } from 'commander';
import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { StructuredFormat } from '../output/structured.ts';
import type { Terminal } from '../terminal.ts';
import { kindAndName } from './arguments.ts';

export function addExplain(program: Command, terminal: Terminal): void {
  program
    .command('explain')
    .summary('say why an object runs where it runs, and why not elsewhere')
    .description(
      'Say why an object runs where it runs, and why not elsewhere: from the reasons that were stored when it was decided, not from a guess afterwards.',
    )
    .argument('<kind>', 'deployment, deploy, configmap, …, or KIND/NAME')
    .argument('[name]', 'its name')
    .addOption(new Option('-o, --output <format>', 'print the stored reasons').choices(['json', 'yaml']))
    .addHelpText(
      'after',
      `
Examples:
  flotilla explain deployment web -n storefront
  flotilla explain deploy/web -n storefront -o json`,
    )
    .action(
      async (kind: string, name: string | undefined, { output }: { output?: StructuredFormat }, command: Command) => {
        const target = kindAndName(kind, name);
        const { showExplanation } = await import('../workload/show-explanation.ts');
        await withControlPlane(terminal, command, (controlPlane) =>
          showExplanation(terminal, controlPlane, target, output),
        );
      },
    );
}
