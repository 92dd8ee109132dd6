import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { ensureBinaries } from '@flotilla/test-clusters/binaries';
import type { Binaries } from '@flotilla/test-clusters/binaries';
import { startMembers } from '@flotilla/test-clusters/members';
import type { Member } from '@flotilla/test-clusters/member';
import type { MemberSet, StartMembersOptions } from '@flotilla/test-clusters/members';
import { startPlatform } from '@flotilla/test-clusters/platform';
import type { Platform, PlatformOptions } from '@flotilla/test-clusters/platform';
import { afterAll, beforeAll, describe } from 'vitest';

/** What the tests of one suite share; everything in it ends with the suite. */
export interface Harness {
  readonly binaries: Binaries;
  readonly members: MemberSet;
  readonly member: (name: string) => Member;
  /** Runs the built kubectl against a kubeconfig and answers its standard output; a failure shows what it printed. */
  readonly kubectl: (kubeconfigPath: string, args: readonly string[], input?: string) => Promise<string>;
  readonly helm: (kubeconfigPath: string, args: readonly string[]) => Promise<string>;
  /** Starts the platform as a child process; it is ended with the suite if the test has not done so. */
  readonly startPlatform: (options?: PlatformOptions) => Promise<Platform>;
}

export type HarnessOptions = Omit<StartMembersOptions, 'binaries' | 'workDir' | 'signal'>;

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
  options: HarnessOptions,
  body: (harness: () => Harness) => void,
): Promise<void> {
  const binaries = await ensureBinaries();
  if ('unavailable' in binaries) announceSkip(title, binaries.unavailable);
  const declare = 'unavailable' in binaries ? describe.skip : describe;
  declare(title, () => {
    let harness: Harness | undefined;
    const platforms: Platform[] = [];
    beforeAll(async () => {
      if ('unavailable' in binaries) return;
      harness = createHarness(binaries, await startMembers({ ...options, binaries }), platforms);
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

function createHarness(binaries: Binaries, members: MemberSet, platforms: Platform[]): Harness {
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
  };
}

/** Says that a suite was not run, so that nobody takes the run for complete. */
export function announceSkip(title: string, reason: string): void {
  const line = '!'.repeat(100);
  process.stderr.write(`\n${line}\n!! SKIPPED, NOT TESTED: ${title}\n!! ${reason}\n${line}\n\n`);
}
