import type { Command } from 'commander';

import { withControlPlane } from '../control-plane.ts';
import type { JoinOptions } from '../join/join-cluster.ts';
import type { Terminal } from '../terminal.ts';
import { collect, seconds } from './arguments.ts';

export function addJoin(program: Command, terminal: Terminal): void {
  program
    .command('join')
    .summary('make a cluster a member')
    .description(
      'Make a cluster a member that the control plane writes to. A service account is made there for it; its token is stored in the control plane, and nothing of your kubeconfig. If anything fails, everything is taken back.',
    )
    .argument('<name>', 'what the cluster shall be called here')
    .requiredOption('--kubeconfig <file>', 'kubeconfig of the cluster, with the rights of an administrator')
    .option('--context <name>', 'context of that file (default: its current one)')
    .option('--provider <name>', 'cloud provider, for policies')
    .option('--region <name>', 'region, for policies')
    .option('--zone <name>', 'zone, for policies (repeatable)', collect)
    .option('--label <key=value>', 'label of the Cluster object, for policies (repeatable)', collect)
    .option('--insecure-skip-tls-verify', "do not check the certificate of the cluster's API server: unsafe")
    .option('--wait <seconds>', 'how long to wait until the cluster is ready; 0 = not at all', seconds, 30)
    .option('--dry-run', 'check everything, say what would be made, and make nothing')
    .addHelpText(
      'after',
      `
Examples:
  flotilla join paris --kubeconfig ~/.kube/config --context paris --provider aws --region eu-west-3
  flotilla join lab --kubeconfig lab.yaml --zone a --zone b --label tier=test
  flotilla join paris --kubeconfig ~/.kube/config --dry-run`,
    )
    .action(async (name: string, options: JoinOptions, command: Command) => {
      const { joinCluster } = await import('../join/join-cluster.ts');
      await withControlPlane(terminal, command, (controlPlane) => joinCluster(terminal, controlPlane, name, options));
    });
}
