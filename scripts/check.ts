// Everything that a machine can say about the sources without running them. Names every failing step, not only the first.
import { join } from 'node:path';

import { runStep } from './run-step.ts';

const bin = (name: string): string => join('node_modules', '.bin', name);

const steps: readonly (readonly [string, string, readonly string[]])[] = [
  ['format (prettier)', bin('prettier'), ['--check', '--log-level=warn', '.']],
  ['types (tsc)', bin('tsc'), ['-p', 'tsconfig.json']],
  ['lint (oxlint)', bin('oxlint'), ['--quiet', '.']],
  [
    'architecture (dependency-cruiser)',
    process.execPath,
    [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.json',
      'libs',
      'services',
      'cli',
      'test',
    ],
  ],
  ['protos (buf)', process.execPath, [join('scripts', 'protos.ts'), 'check']],
  ['configuration tables', process.execPath, [join('scripts', 'generate-config-tables.ts'), '--check']],
  ['dead code (knip)', process.execPath, ['node_modules/knip/bin/knip.js']],
];

const failed: string[] = [];
for (const [title, command, args] of steps) {
  if (!runStep(title, command, args).isOk) failed.push(title);
}
if (failed.length > 0) {
  console.error(`\ncheck failed: ${failed.join(', ')}`);
  process.exitCode = 1;
} else console.log('\ncheck passed');
