import { explainBinding } from '@flotilla/placement/explain';

import type { ControlPlane } from '../control-plane.ts';
import { CliError } from '../errors.ts';
import { structured } from '../output/structured.ts';
import type { StructuredFormat } from '../output/structured.ts';
import { wrap } from '../output/wrap.ts';
import type { Terminal } from '../terminal.ts';
import { readWorkload } from './read-workload.ts';
import type { WorkloadName } from './read-workload.ts';
import { remedies } from './remedies.ts';
import { titleOf } from './status-tree.ts';

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
    if (reasons === undefined) throw new CliError(`no decision about ${titleOf(workload)} is recorded`, { hint: remedies(workload, [])[0] ?? 'Look again in a moment' });
    terminal.out(structured(reasons, output));
    return;
  }
  const lines =
    binding === undefined
      ? [terminal.outColors.bold(`${titleOf(workload)}: not propagated`), ...remedies(workload, [])]
      : explainBinding(binding).lines.map((line, index) => (index === 0 ? terminal.outColors.bold(line) : line));
  terminal.out(lines.flatMap((line) => hanging(line, terminal.columns)).map((line) => `${line}\n`).join(''));
}

/** Lines that continue one are set in. */
function hanging(line: string, columns: number): readonly string[] {
  const indent = `${/^ */.exec(line)?.[0] ?? ''}  `;
  return wrap(line, columns - indent.length).map((part, index) => (index === 0 ? part : indent + part));
}
