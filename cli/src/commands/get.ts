import { Option } from 'commander';
import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { Terminal } from '../terminal.ts';
import type { GetOptions } from '../resources/read-tables.ts';

export function addGet(program: Command, terminal: Terminal): void {
  program
    .command('get')
    .summary('show objects')
    .description('Show objects of the control plane as a table, or as they are.')
    .argument('<kind>', 'deployments, deploy, deployment.apps, several with commas, or KIND/NAME')
    .argument('[names...]', 'only these')
    .option('-A, --all-namespaces', 'objects of all namespaces')
    .option('-l, --selector <query>', 'only objects with these labels, e.g. app=web,tier!=test')
    .option('--field-selector <query>', 'only objects with these fields, e.g. metadata.name=web')
    .option('-w, --watch', 'then show changes as they come, until Ctrl-C')
    .option('--no-headers', 'without the line of column names')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['wide', 'json', 'yaml', 'name']))
    .addHelpText(
      'after',
      `
Examples:
  flotilla get clusters
  flotilla get deployments -n storefront
  flotilla get deploy,resourcebindings -A
  flotilla get deployment web -n storefront -o yaml
  flotilla get clusters -o wide --watch`,
    )
    .action(async (kind: string, names: readonly string[], _options: unknown, command: Command) => {
      const { getObjects } = await import('../resources/get-objects.ts');
      const options = command.optsWithGlobals<GetOptions>();
      await withControlPlane(terminal, command, (controlPlane) =>
        getObjects(terminal, controlPlane, kind, names, options),
      );
    });
}
