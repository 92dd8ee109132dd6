/** What an operator must know when the log was damaged (pure). */
import { join } from 'node:path';

import type { RecoveryCut, RecoveryReport } from '@flotilla/log/log-report';

/** Lines for people; none when everything that had been acknowledged was read. */
export function recoveryNotice({ cuts }: RecoveryReport, logDirectory: string): readonly string[] {
  const losses = cuts.filter(({ cause }) => cause !== 'torn');
  if (losses.length === 0) return [];
  const copies = losses.flatMap(({ copy }) => (copy === undefined ? [] : [join(logDirectory, copy)]));
  const lost = cuts.reduce((sum, { revisionsCut }) => sum + revisionsCut, 0);
  return [
    `Stored state was damaged: the newest ${lost === 0 ? 'changes' : plural(lost, 'change')} cannot be used and ${lost === 1 ? 'is' : 'are'} undone.`,
    ...losses.map((cut) => `  damage  ${join(logDirectory, cut.file)}: ${damageOf(cut)}`),
    ...copies.map((copy) => `  copy    ${copy} (what was cut out; nothing was thrown away)`),
    '  now     the platform goes on from the state before. What it no longer knows stays untouched in the clusters.',
    '  to do   apply your manifests again (flotilla apply -f …); or stop, put a backup of the data directory in its place',
    '          and start again. Then check the disk: bytes that had been written whole have changed.',
  ];
}

function damageOf({ cause, bytes, offset }: RecoveryCut): string {
  switch (cause) {
    case 'missing':
      return 'the file is missing';
    case 'unreachable':
      return `${plural(bytes, 'byte')} that follow the damage`;
    case 'damaged':
    case 'torn':
      return `${plural(bytes, 'byte')} from byte ${offset} on`;
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
