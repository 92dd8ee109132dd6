/**
 * Replays recorded cases: `npm run vectors -- FILE...` (without files: those of this package). Recognises the format of each line by its fields, prints every mismatch
 * with its id and difference, ends on `N passed, N failed`, and exits with 1 when something failed.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { checkCase } from './check-case.ts';

const ownFiles = ['placement', 'interpreter', 'override'].map((name) =>
  fileURLToPath(new URL(`../data/${name}.jsonl`, import.meta.url)),
);

interface Tally {
  passed: number;
  failed: number;
}

async function replay(file: string, tally: Tally): Promise<void> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === '') continue;
    const { id, problems } = checkCase(line, number);
    if (problems.length === 0) {
      tally.passed += 1;
      continue;
    }
    tally.failed += 1;
    console.log(`${file}: case ${id}\n${problems.map((problem) => `    ${problem}`).join('\n')}`);
  }
}

const files = process.argv.slice(2);
const tally: Tally = { passed: 0, failed: 0 };
for (const file of files.length > 0 ? files : ownFiles) {
  try {
    await replay(file, tally);
  } catch (error) {
    tally.failed += 1;
    console.log(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
console.log(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed > 0 ? 1 : 0;
