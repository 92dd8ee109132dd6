import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { UnjoinOptions } from '../join/unjoin-cluster.ts';
import type { Terminal } from '../terminal.ts';
import { seconds } from './arguments.ts';

export function addUnjoin(program: Command, terminal: Terminal): void {
  program
    .command('unjoin')
    .summary('let a cluster leave')
    .description(
      'Let a cluster leave: its workloads go elsewhere or end, then it is forgotten, and the service account made by "join" is removed from it.',
    )
    .argument('<name>', 'name of the member cluster')
    .option('--wait <seconds>', 'how long to wait until it is gone', seconds, 60)
    .option('--force', 'after that time forget it anyway: what runs there stays there and is no longer looked after')
    .option(
      '--kubeconfig <file>',
      'kubeconfig of the cluster, to remove the service account when its own token no longer works',
    )
    .option('--context <name>', 'context of that file (default: its current one)')
    .addHelpText(
      'after',
      `
Examples:
  flotilla unjoin paris
  flotilla unjoin paris --wait 5m
  flotilla unjoin paris --wait 10 --force      for a cluster that no longer exists`,
    )
    .action(async (name: string, options: UnjoinOptions, command: Command) => {
      const { unjoinCluster } = await import('../join/unjoin-cluster.ts');
      await withControlPlane(terminal, command, (controlPlane) => unjoinCluster(terminal, controlPlane, name, options));
    });
}
