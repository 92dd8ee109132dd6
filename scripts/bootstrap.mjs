// Runs one TypeScript entry point under Node 24, installing what is missing first.
// Plain JavaScript for any Node: a fresh clone may have an older one. `ignore-scripts=true` means npm runs no
// `pre…` hooks, and a shell remembers where it found `node`, so the new binary is spawned here by its path.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.flotilla-install');

installWhatIsMissing();
run(nodeBinary(), [...nodeFlags(process.argv[2] ?? ''), ...process.argv.slice(2)]);

function installWhatIsMissing() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return;
  process.stderr.write('flotilla: installing dependencies (once; about half a minute) …\n');
  const install = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (install.error || install.status !== 0) {
    process.stderr.write(
      `flotilla: npm ci failed${install.error ? `: ${install.error.message}` : ''}. Check the network and run the command again.\n`,
    );
    process.exit(1);
  }
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, wanted);
}

/** Node 24 or newer: the one that runs this file if it is new enough, else the one that came as a package. */
function nodeBinary() {
  const packaged = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(packaged)) return packaged;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  process.stderr.write(
    `flotilla: Node 24 is needed, this is ${process.version}, and no packaged Node exists for ${process.platform}-${process.arch}. Install Node 24 and run the command again.\n`,
  );
  process.exit(1);
}

/** The platform lives long and idles much: half of the default young generation saves some 20 MiB and costs no measurable speed. */
function nodeFlags(entry) {
  return /^(services|cli)\/|\/cli\/src\//.test(entry) ? ['--max-semi-space-size=8'] : [];
}

function run(node, args) {
  const child = spawn(node, args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compile'),
      PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
    },
  });
  // The terminal sends SIGINT to the whole foreground group; this parent only waits, so that the child ends cleanly.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
