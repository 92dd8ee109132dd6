// Runs one TypeScript entry point under Node 24, installing what is missing first.
// Plain JavaScript for any Node: a fresh clone may have an older one. `ignore-scripts=true` means npm runs no
// `pre…` hooks, and a shell remembers where it found `node`, so the new binary is spawned here by its path.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampFile = join(root, 'node_modules', '.flotilla-install');
const installLock = join(root, '.cache', 'install.lock');
const lockPollMs = 200;
/** `npm ci` takes half a minute; on a slow network some. */
const lockWaitMaxMs = 600_000;
const environment = {
  ...process.env,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compile'),
  PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}`,
};

installWhatIsMissing();
run(nodeBinary(), [...nodeFlags(process.argv[2] ?? ''), ...process.argv.slice(2)]);

function installWhatIsMissing() {
  if (isInstalled()) return;
  const release = lockInstall();
  try {
    // Another command may have done it in the meantime.
    if (!isInstalled()) install();
  } finally {
    release();
  }
}

function isInstalled() {
  if (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== wantedStamp()) return false;
  // The `flotilla` script compares times, not contents: it starts at once when this file is the newer one.
  const now = new Date();
  utimesSync(stampFile, now, now);
  return true;
}

function wantedStamp() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function install() {
  process.stderr.write('flotilla: installing dependencies (once; about half a minute) …\n');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (npm.error || npm.status !== 0) {
    const why = npm.error ? `: ${npm.error.message}` : '';
    process.stderr.write(`flotilla: npm ci failed${why}. Check the network and run the command again.\n`);
    process.exit(1);
  }
  compileAhead();
  writeFileSync(stampFile, wantedStamp());
}

/**
 * Fills the compile cache by a process of its own: the one that finds nothing in it keeps the compiler of TypeScript in its
 * memory (25 MiB) as long as it runs. A failure here shows again, and better, when the entry point itself is run.
 */
function compileAhead() {
  for (const entry of ['services/all-in-one/src/main.ts', 'cli/src/main.ts']) {
    const path = join(root, entry);
    spawnSync(nodeBinary(), [...nodeFlags(path), path, '--help'], { cwd: root, stdio: 'ignore', env: environment });
  }
}

/** Two commands at once in a fresh clone: one installs, the other waits. Answers what releases the lock. */
function lockInstall() {
  mkdirSync(dirname(installLock), { recursive: true });
  const endMs = Date.now() + lockWaitMaxMs;
  for (let isWaiting = false; ; isWaiting = true) {
    try {
      writeFileSync(installLock, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(installLock, { force: true }));
      return () => rmSync(installLock, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isHolderAlive() || Date.now() > endMs) rmSync(installLock, { force: true });
    else if (!isWaiting) process.stderr.write('flotilla: waiting for another command to install dependencies …\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lockPollMs);
  }
}

function isHolderAlive() {
  try {
    process.kill(Number(readFileSync(installLock, 'utf8')), 0);
    return true;
  } catch (error) {
    // Gone in between, or of another user.
    return error.code === 'EPERM';
  }
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
  return /^(services|cli)\/|\/(services|cli)\/.*src\//.test(entry) ? ['--max-semi-space-size=8'] : [];
}

function run(node, args) {
  const child = spawn(node, args, { stdio: 'inherit', env: environment });
  // The terminal sends SIGINT to the whole foreground group; this parent only waits, so that the child ends cleanly.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
  });
}
