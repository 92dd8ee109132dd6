import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { DeleteOptions } from '../manifests/delete-objects.ts';
import type { Terminal } from '../terminal.ts';
import { collect, seconds } from './arguments.ts';

const waitDefaultSeconds = 60;

export function addDelete(program: Command, terminal: Terminal): void {
  program
    .command('delete')
    .summary('delete objects')
    .description('Delete objects of the control plane. What they brought into member clusters goes with them.')
    .argument('[kind]', 'deployment, deploy, deployment.apps, …, or KIND/NAME')
    .argument('[names...]', 'which')
    .option(
      '-f, --filename <path>',
      'delete what this file, folder or - (standard input) declares (repeatable)',
      collect,
    )
    .option('-R, --recursive', 'look into the folders of folders too')
    .option('--wait [seconds]', `until they are gone; ${waitDefaultSeconds} seconds unless given`, seconds)
    .option('--ignore-not-found', 'what is not there is fine')
    .option('--dry-run', 'let the server check and change nothing')
    .addHelpText(
      'after',
      `
Examples:
  flotilla delete deployment web -n storefront
  flotilla delete deployment/web -n storefront --wait
  flotilla delete -f docs/samples/storefront --ignore-not-found`,
    )
    .action(async (kind: string | undefined, names: readonly string[], _options: unknown, command: Command) => {
      const { deleteObjects } = await import('../manifests/delete-objects.ts');
      const { wait, ...options } = command.optsWithGlobals<
        Omit<DeleteOptions, 'waitMs'> & { readonly wait?: number | true }
      >();
      const waitSeconds = wait === true ? waitDefaultSeconds : wait;
      await withControlPlane(terminal, command, (controlPlane) =>
        deleteObjects(terminal, controlPlane, kind, names, {
          ...options,
          ...(waitSeconds === undefined ? {} : { waitMs: waitSeconds * 1_000 }),
        }),
      );
    });
}
