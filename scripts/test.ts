// All tests: unit, property and contract tests beside the code, then end to end against real API servers. Ends on "N passed, N failed".
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runStep } from './run-step.ts';

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

const reports = mkdtempSync(join(tmpdir(), 'flotilla-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
let isOk = true;

for (const [project, title] of [
  ['unit', 'unit, property and contract tests'],
  ['e2e', 'end to end, against real kube-apiservers (the first run builds them: up to ten minutes)'],
] as const) {
  const file = join(reports, `${project}.json`);
  const step = runStep(title, process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  isOk &&= step.isOk;
  count(file);
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = isOk && total.failed === 0 ? 0 : 1;

function count(file: string): void {
  if (!existsSync(file)) {
    // The runner itself broke: that is a failure, whatever it printed.
    total.failed += 1;
    return;
  }
  const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests;
  total.skipped += report.numPendingTests;
}
