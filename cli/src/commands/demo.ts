import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { DemoOptions } from '../demo/run-demo.ts';
import type { Terminal } from '../terminal.ts';
import { seconds } from './arguments.ts';

export function addDemo(program: Command, terminal: Terminal): void {
  program
    .command('demo')
    .summary('put a small shop on three clusters and show it')
    .description(
      'Apply the manifests of docs/samples/storefront to the running platform, wait until they run everywhere, and show where and why.',
    )
    .option('--delete', 'take the shop away again')
    .option('--wait <seconds>', 'how long to wait', seconds, 60)
    .addHelpText('after', '\nExamples:\n  flotilla demo\n  flotilla demo --delete')
    .action(async (options: DemoOptions, command: Command) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      await withControlPlane(terminal, command, (controlPlane) => runDemo(terminal, controlPlane, options));
    });
}
