import { writeFile } from 'node:fs/promises';

import { ensureBinaries } from '@flotilla/test-clusters/binaries';
import { Command, InvalidArgumentError } from 'commander';

import { readConditions } from './conditions.ts';
import { createReport, formatReport } from './report.ts';
import { SCENARIOS } from './scenarios.ts';

interface BenchOptions {
  readonly json?: string;
  readonly runs: number;
  readonly count?: number;
  readonly cpuProfile?: string;
}

const program = new Command('bench')
  .description('Measures a scenario and prints a table; without a scenario, lists them.')
  .argument('[scenario]', 'name of the scenario')
  .option('--json <file>', 'also write {scenario, conditions, figures} there')
  .option('--runs <number>', 'how often to measure', positiveInteger, 3)
  .option('--count <number>', 'objects to write, where a scenario writes many', positiveInteger)
  .option('--cpu-profile <folder>', 'write CPU profiles of the platform there; it is slower then')
  .action(bench);

await program.parseAsync();

async function bench(name: string | undefined, { json, runs, count, cpuProfile }: BenchOptions): Promise<void> {
  if (name === undefined) {
    process.stdout.write(`${listScenarios()}\n`);
    return;
  }
  const scenario = SCENARIOS.find((candidate) => candidate.name === name);
  if (scenario === undefined) return program.error(`there is no scenario ${name}; there are:\n${listScenarios()}`);
  const binaries = await ensureBinaries({ report });
  if ('unavailable' in binaries) return program.error(`cannot measure: ${binaries.unavailable}`);
  const conditions = readConditions(runs);
  const figures = await scenario.run({ binaries, runs, count, nodeArgs: profilingArgs(cpuProfile), report });
  const result = createReport(name, conditions, figures);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`${formatReport(result)}\n`);
}

function profilingArgs(folder: string | undefined): readonly string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

function listScenarios(): string {
  const width = Math.max(...SCENARIOS.map((scenario) => scenario.name.length));
  return SCENARIOS.map((scenario) => `  ${scenario.name.padEnd(width)}  ${scenario.description}`).join('\n');
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('must be a whole number of at least 1.');
  return Number(text);
}
