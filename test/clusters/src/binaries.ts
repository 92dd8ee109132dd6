import { execFile, spawn } from 'node:child_process';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, setPriority } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { withBuildLock } from './build-lock.ts';
import { requiredVersion, TOOL_MODULES } from './toolchain.ts';
import type { ToolModule } from './toolchain.ts';

/** Absolute paths of the built programs, and of the life-cycle file that kwok needs. */
export interface Binaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubectl: string;
  readonly kwok: string;
  readonly kwokStages: string;
  readonly helm: string;
  readonly natsServer: string;
  /** Speaks MongoDB's wire protocol. */
  readonly ferretdb: string;
  /** Loads and validates a Compose file as `docker compose config` does; needs no engine. */
  readonly compose: string;
}

/** Why there are no binaries, in one sentence with the remedy. */
export interface BinariesUnavailable {
  readonly unavailable: string;
}

export interface EnsureBinariesOptions {
  /** Receives one progress line at a time; standard error unless given. */
  readonly report?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const PACKAGE_FOLDER = resolve(import.meta.dirname, '..');
const TOOLS_FOLDER = join(PACKAGE_FOLDER, 'tools');
const CACHE_FOLDER = resolve(PACKAGE_FOLDER, '../../.cache/bin');
const BUILD_NICENESS = 10;
const ERROR_TAIL_LENGTH = 4000;

const run = promisify(execFile);

/**
 * Makes sure that the programs of a member cluster and the NATS server exist, building those that the cache folder lacks with the machine's
 * own Go. Safe to call from several processes at once: one builds, the others wait for it. Answers `unavailable` when
 * something must be built and there is no Go; a build that fails is an error.
 */
export async function ensureBinaries(options: EnsureBinariesOptions = {}): Promise<Binaries | BinariesUnavailable> {
  const report = options.report ?? ((line: string) => process.stderr.write(`${line}\n`));
  const builds = await Promise.all(TOOL_MODULES.map(planBuild));
  if ((await missingBuilds(builds)).length > 0) {
    if (!(await hasGo())) {
      return {
        unavailable:
          'the Kubernetes binaries are not in the cache and Go is not on the PATH; ' +
          'install Go 1.26 or later (1.21 fetches it by itself) and run again',
      };
    }
    await mkdir(CACHE_FOLDER, { recursive: true });
    const onWait = (pid: number): void => report(`waiting for process ${pid}, which builds the Kubernetes binaries`);
    await withBuildLock(join(CACHE_FOLDER, 'build.lock'), { onWait, signal: options.signal }, async () => {
      await buildAll(await missingBuilds(builds), report, options.signal);
    });
  }
  return binariesIn(builds);
}

interface Build {
  readonly tool: ToolModule;
  readonly version: string;
  /** Exists only when complete: a build is renamed into place. */
  readonly folder: string;
}

async function planBuild(tool: ToolModule): Promise<Build> {
  const version = await requiredVersion(TOOLS_FOLDER, tool);
  return { tool, version, folder: join(CACHE_FOLDER, `${tool.folder}-${version}-${process.platform}-${process.arch}`) };
}

async function missingBuilds(builds: readonly Build[]): Promise<readonly Build[]> {
  const present = await Promise.all(builds.map(({ folder }) => exists(folder)));
  return builds.filter((_, index) => present[index] === false);
}

async function buildAll(
  builds: readonly Build[],
  report: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (builds.length === 0) return;
  const usualSeconds = builds.reduce((sum, { tool }) => sum + tool.usualSeconds, 0);
  report(
    `building ${builds.map(({ tool, version }) => `${tool.folder} ${version}`).join(', ')} once ` +
      `(about ${Math.ceil(usualSeconds / 60)} min on two cores, from then on cached)`,
  );
  for (const build of builds) {
    const startMs = Date.now();
    report(`  ${build.tool.folder} ${build.version}: building, usually ${build.tool.usualSeconds} s`);
    await buildOne(build, report, signal);
    report(`  ${build.tool.folder} ${build.version}: built in ${Math.round((Date.now() - startMs) / 1000)} s`);
  }
}

async function buildOne(build: Build, report: (line: string) => void, signal: AbortSignal | undefined): Promise<void> {
  const partial = `${build.folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  const variables = Object.entries(build.tool.linkerVariables(build.version));
  const linkerFlags = ['-s', '-w', ...variables.map(([name, value]) => `-X=${name}=${value}`)].join(' ');
  for (const [program, goPackage] of Object.entries(build.tool.programs)) {
    report(`    ${program}`);
    const output = join(partial, program);
    const parallel = String(availableParallelism());
    await go(
      ['build', '-p', parallel, '-trimpath', '-ldflags', linkerFlags, '-o', output, goPackage],
      build.tool,
      signal,
    );
  }
  if (build.tool.data !== undefined) {
    const { file, sources } = build.tool.data;
    const moduleFolder = await go(['list', '-m', '-f', '{{.Dir}}', build.tool.goModule], build.tool, signal);
    const texts = await Promise.all(sources.map((source) => readFile(join(moduleFolder.trim(), source), 'utf8')));
    await writeFile(join(partial, file), texts.join('\n---\n'));
  }
  await rename(partial, build.folder);
}

/** Runs the Go client in a tool module's folder and answers its standard output. */
async function go(args: readonly string[], tool: ToolModule, signal: AbortSignal | undefined): Promise<string> {
  const child = spawn('go', args, {
    cwd: join(TOOLS_FOLDER, tool.folder),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  if (child.pid !== undefined) setPriority(child.pid, BUILD_NICENESS);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-ERROR_TAIL_LENGTH)));
  const code = await new Promise<number | null>((onExit, onError) => {
    child.once('error', onError).once('close', onExit);
  });
  if (code === 0) return output;
  throw new Error(`go ${args[0]} in tools/${tool.folder} failed with exit code ${code}:\n${errors.trim()}`);
}

function binariesIn(builds: readonly Build[]): Binaries {
  const locate = (tool: string, file: string): string => {
    const build = builds.find((candidate) => candidate.tool.folder === tool);
    if (build === undefined) throw new Error(`no tool module is called ${tool}`);
    return join(build.folder, file);
  };
  return {
    etcd: locate('etcd', 'etcd'),
    kubeApiserver: locate('kubernetes', 'kube-apiserver'),
    kubeControllerManager: locate('kubernetes', 'kube-controller-manager'),
    kubeScheduler: locate('kubernetes', 'kube-scheduler'),
    kubectl: locate('kubernetes', 'kubectl'),
    kwok: locate('kwok', 'kwok'),
    kwokStages: locate('kwok', 'stages.yaml'),
    helm: locate('helm', 'helm'),
    natsServer: locate('nats', 'nats-server'),
    ferretdb: locate('ferretdb', 'ferretdb'),
    compose: locate('compose', 'compose'),
  };
}

async function hasGo(): Promise<boolean> {
  try {
    await run('go', ['version']);
    return true;
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
