import { explainBinding } from '@flotilla/placement/explain';

import type { ControlPlane } from '../control-plane.ts';
import { CliError } from '../errors.ts';
import { structured } from '../output/structured.ts';
import type { StructuredFormat } from '../output/structured.ts';
import { wrap } from '../output/wrap.ts';
import type { Terminal } from '../terminal.ts';
import { targetsOf } from './cluster-status.ts';
import { readWorkload } from './read-workload.ts';
import type { WorkloadName } from './read-workload.ts';
import { remedies } from './remedies.ts';
import { titleOf } from './status-tree.ts';
import type { Binding, Workload } from './workload.ts';

export async function showExplanation(
  terminal: Terminal,
  controlPlane: ControlPlane,
  target: WorkloadName,
  output: StructuredFormat | undefined,
): Promise<void> {
  const workload = await readWorkload(controlPlane, target);
  const { binding } = workload;
  if (output !== undefined) {
    const reasons = binding === undefined ? undefined : explainBinding(binding).reasons;
    if (reasons === undefined)
      throw new CliError(`no decision about ${titleOf(workload)} is recorded`, {
        hint: remedies(workload, [], { serverUrl: controlPlane.client.url })[0] ?? 'Look again in a moment',
      });
    terminal.out(structured(reasons, output));
    return;
  }
  const lines =
    binding === undefined
      ? [
          terminal.outColors.bold(`${titleOf(workload)}: not propagated`),
          ...remedies(workload, [], { serverUrl: controlPlane.client.url }),
        ]
      : [terminal.outColors.bold(heading(workload, binding)), ...explainBinding(binding).lines.slice(1)];
  terminal.out(
    lines
      .flatMap((line) => hanging(line, terminal.columns))
      .map((line) => `${line}\n`)
      .join(''),
  );
}

function heading(workload: Workload, binding: Binding): string {
  const targets = [...targetsOf(binding)].map(([cluster, replicas]) =>
    replicas === undefined ? cluster : `${cluster} (${replicas})`,
  );
  return `${titleOf(workload)} is in ${targets.length === 0 ? 'no cluster' : targets.join(', ')}`;
}

/** Lines that continue one are set in. */
function hanging(line: string, columns: number): readonly string[] {
  const indent = `${/^ */.exec(line)?.[0] ?? ''}  `;
  return wrap(line, columns - indent.length).map((part, index) => (index === 0 ? part : indent + part));
}
