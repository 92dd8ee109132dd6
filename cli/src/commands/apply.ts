import { Option } from 'commander';
import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import { usageError } from '../errors.ts';
import type { ApplyOptions } from '../manifests/apply-manifests.ts';
import type { Terminal } from '../terminal.ts';
import { collect } from './arguments.ts';

export function addApply(program: Command, terminal: Terminal): void {
  program
    .command('apply')
    .summary('create or change objects as files declare')
    .description(
      'Create or change objects as files declare. Fields that somebody else manages are left alone: the server keeps who manages what (server-side apply, field manager "flotilla").',
    )
    .option('-f, --filename <path>', 'file, folder, or - for standard input (repeatable)', collect)
    .option('-R, --recursive', 'look into the folders of folders too')
    .option('--force-conflicts', 'take over fields that another manager set to something else')
    .option('--dry-run', 'let the server check everything and change nothing')
    .addOption(
      new Option('-o, --output <format>', 'print the objects as the server has them now').choices([
        'json',
        'yaml',
        'name',
      ]),
    )
    .addHelpText(
      'after',
      `
Examples:
  flotilla apply -f docs/samples/storefront
  flotilla apply -f app.yaml -f policy.yaml --dry-run
  helm template my-chart | flotilla apply -n shop -f -

An object that fails does not keep the others from being applied; the exit code is 1 then.`,
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<ApplyOptions>();
      if ((options.filename ?? []).length === 0)
        throw usageError('nothing to apply', 'Name a file or a folder: flotilla apply -f PATH');
      const { applyFiles } = await import('../manifests/apply-manifests.ts');
      await withControlPlane(terminal, command, (controlPlane) => applyFiles(terminal, controlPlane, options));
    });
}
