import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Binaries } from '@flotilla/test-clusters/binaries';
import type { Member } from '@flotilla/test-clusters/member';
import { findMemberProvider } from '@flotilla/test-clusters/member-provider';
import type { Members, MembersWanted } from '@flotilla/test-clusters/member-provider';
import { startPlatform } from '@flotilla/test-clusters/platform';
import { startDistributed } from '@flotilla/test-platform/distributed';
import type { DistributedOptions, DistributedPlatform } from '@flotilla/test-platform/distributed';
import type { Platform, PlatformOptions } from '@flotilla/test-clusters/platform';
import { afterAll, beforeAll, describe } from 'vitest';

/** What the tests of one suite share; everything in it ends with the suite. */
export interface Harness {
  readonly binaries: Binaries;
  readonly members: Members;
  readonly member: (name: string) => Member;
  /** Runs the built kubectl against a kubeconfig and answers its standard output; a failure shows what it printed. */
  readonly kubectl: (kubeconfigPath: string, args: readonly string[], input?: string) => Promise<string>;
  readonly helm: (kubeconfigPath: string, args: readonly string[]) => Promise<string>;
  /** Starts the platform as a child process; it is ended with the suite if the test has not done so. */
  readonly startPlatform: (options?: PlatformOptions) => Promise<Platform>;
  /** The same as processes of their own: nats-server, and several replicas of each service. */
  readonly startDistributed: (options?: Omit<DistributedOptions, 'natsServer'>) => Promise<DistributedPlatform>;
}

export interface HarnessOptions extends MembersWanted {
  /** For what only members made of processes can do: losing a part, coming back on the same port. */
  readonly provider?: 'processes';
}

const COMMAND_TIMEOUT_MS = 120_000;
const OUTPUT_LIMIT_BYTES = 64 * 1024 ** 2;

const runFile = promisify(execFile);

/**
 * A suite with real member clusters that are started before its first test and ended after its last. `body` declares the
 * tests; the function that it gets may be called inside them only. Where the binaries cannot be had the suite is skipped,
 * which is said so that nobody takes the run for complete.
 */
export async function describeWithMembers(
  title: string,
  { provider: needed, ...options }: HarnessOptions,
  body: (harness: () => Harness) => void,
): Promise<void> {
  const provider = await findMemberProvider(process.env, needed ?? process.env['FLOTILLA_MEMBERS']);
  if ('unavailable' in provider) announceSkip(title, provider.unavailable);
  const declare = 'unavailable' in provider ? describe.skip : describe;
  declare(title, () => {
    let harness: Harness | undefined;
    const platforms: Platform[] = [];
    beforeAll(async () => {
      if ('unavailable' in provider) return;
      harness = createHarness(provider.binaries, await provider.start(options), platforms);
    });
    afterAll(async () => {
      await Promise.all(platforms.map(async (platform) => platform.stop()));
      await harness?.members.stop();
    });
    body(() => {
      if (harness === undefined) throw new Error('the harness exists inside tests only');
      return harness;
    });
  });
}

function createHarness(binaries: Binaries, members: Members, platforms: Platform[]): Harness {
  // Discovery is cached by address below the home folder, and addresses come back with other servers behind them.
  const env = { PATH: process.env['PATH'], HOME: members.workDir };
  const run = async (program: string, kubeconfigPath: string, args: readonly string[], input = ''): Promise<string> => {
    const running = runFile(program, ['--kubeconfig', kubeconfigPath, ...args], {
      env,
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: OUTPUT_LIMIT_BYTES,
    });
    running.child.stdin?.end(input);
    const { stdout } = await running;
    return stdout;
  };
  return {
    binaries,
    members,
    member: members.member,
    kubectl: async (kubeconfigPath, args, input) => run(binaries.kubectl, kubeconfigPath, args, input),
    helm: async (kubeconfigPath, args) => run(binaries.helm, kubeconfigPath, args),
    startPlatform: async (options = {}) => {
      const platform = await startPlatform(options);
      platforms.push(platform);
      return platform;
    },
    startDistributed: async (options = {}) => {
      const platform = await startDistributed({ natsServer: binaries.natsServer, ...options });
      platforms.push(platform);
      return platform;
    },
  };
}

/** Says that a suite was not run, so that nobody takes the run for complete. */
export function announceSkip(title: string, reason: string): void {
  const line = '!'.repeat(100);
  process.stderr.write(`\n${line}\n!! SKIPPED, NOT TESTED: ${title}\n!! ${reason}\n${line}\n\n`);
}
