/**
 * What is made from `proto/`, and what must hold for it.
 *
 *   node scripts/bootstrap.mjs scripts/protos.ts generate   stubs and the descriptor image of libs/rpc, anew
 *   node scripts/bootstrap.mjs scripts/protos.ts check      well-formed, nothing taken back since the baseline, generated = regenerated
 *   node scripts/bootstrap.mjs scripts/protos.ts baseline   what is declared now may never be taken back; done with a release
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const buf = join('node_modules', '.bin', 'buf');
const generated = join('libs', 'rpc', 'src', 'generated');
const imageFile = 'descriptors.binpb';
/** What clients out there may rely on. */
const baseline = join('proto', 'baseline.binpb');

function run(...args: readonly string[]): void {
  execFileSync(buf, args, { stdio: 'inherit' });
}

/** `root` is the folder that stands for the repository's. */
function generateInto(root: string): void {
  run('generate', '--output', root);
  run('build', '--exclude-source-info', '--output', join(root, generated, imageFile));
}

function filesOf(root: string): ReadonlyMap<string, Buffer> {
  const folder = join(root, generated);
  return new Map(
    globSync('**/*.{ts,binpb}', { cwd: folder })
      .toSorted()
      .map((file) => [file, readFileSync(join(folder, file))]),
  );
}

function differingFiles(): readonly string[] {
  const root = mkdtempSync(join(tmpdir(), 'flotilla-protos-'));
  try {
    generateInto(root);
    const wanted = filesOf(root);
    const actual = filesOf('.');
    const names = new Set([...wanted.keys(), ...actual.keys()]);
    return [...names].filter((name) => wanted.get(name)?.equals(actual.get(name) ?? Buffer.alloc(0)) !== true);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function check(): void {
  run('format', '--diff', '--exit-code', 'proto');
  run('lint');
  run('breaking', '--against', baseline);
  const differing = differingFiles();
  if (differing.length === 0) return;
  throw new Error(`run \`npm run gen\`: not what proto/ makes of it: ${differing.join(', ')}`);
}

const [verb = ''] = process.argv.slice(2);
const verbs: Readonly<Record<string, () => void>> = {
  generate: () => generateInto('.'),
  check,
  baseline: () => run('build', '--exclude-source-info', '--output', baseline),
};
const action = verbs[verb];
if (action === undefined) throw new Error(`say one of ${Object.keys(verbs).join(', ')}`);
try {
  action();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
