import { Option } from 'commander';
import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { StatusOptions } from '../workload/show-status.ts';
import type { Terminal } from '../terminal.ts';
import { kindAndName, seconds } from './arguments.ts';

export function addStatus(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .summary('show where an object runs and how it is there')
    .description(
      'Show what became of an object: the policy that claims it, its binding, and how it is in every cluster.',
    )
    .argument('<kind>', 'deployment, deploy, configmap, …, or KIND/NAME')
    .argument('[name]', 'its name')
    .option('-w, --watch', 'show it again whenever it changes, until Ctrl-C')
    .addOption(
      new Option(
        '--wait <seconds>',
        'first wait until it is everywhere as declared, healthy and with all replicas ready',
      )
        .argParser(seconds)
        .conflicts('watch'),
    )
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['json', 'yaml']))
    .addHelpText(
      'after',
      `
Examples:
  flotilla status deployment web -n storefront
  flotilla status deploy/web -n storefront --watch
  flotilla status deploy/web -n storefront --wait 2m    exit code 1 when it takes longer
  flotilla status configmap web-settings -n storefront -o json`,
    )
    .action(async (kind: string, name: string | undefined, _options: unknown, command: Command) => {
      const target = kindAndName(kind, name);
      const { showStatus } = await import('../workload/show-status.ts');
      const options = command.optsWithGlobals<StatusOptions>();
      await withControlPlane(terminal, command, (controlPlane) => showStatus(terminal, controlPlane, target, options));
    });
}
