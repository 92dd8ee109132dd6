import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Binaries } from './binaries.ts';
import { startEtcd } from './etcd.ts';
import { DEFAULT_NODES } from './kwok-nodes.ts';
import type { NodeShape } from './kwok-nodes.ts';
import { startMember } from './member.ts';
import type { Member } from './member.ts';
import { createReaper } from './reaper.ts';

export interface StartMembersOptions {
  readonly binaries: Binaries;
  readonly names: readonly string[];
  /** Whether Pods are placed on nodes. Default true. */
  readonly withScheduler?: boolean;
  /** Whether Deployments and the like progress. Default true; without it a member is only an API server. */
  readonly withControllerManager?: boolean;
  /** The kwok nodes of each member, `false` for none. Default two of 16 CPUs and 64 GiB. */
  readonly withNodes?: NodeShape | false;
  /** Whether etcd has a write on disk before it acknowledges it, for comparisons. Default false: faster. */
  readonly durable?: boolean;
  /** Where data, logs and kubeconfigs go. A temporary folder, removed at the end, unless given. */
  readonly workDir?: string;
  /** Gives up starting; a set that has started is ended by `stop`. */
  readonly signal?: AbortSignal;
}

export interface MemberSet {
  /** In the order of the names that were asked for. */
  readonly members: readonly Member[];
  readonly etcdPid: number;
  /** Holds `etcd.log`, and per member a folder with its logs and its kubeconfig. */
  readonly workDir: string;
  readonly member: (name: string) => Member;
  /** Ends all processes and removes their data; in a `workDir` of the caller the logs and kubeconfigs stay. */
  readonly stop: () => Promise<void>;
}

const STARTED_AT_ONCE = 2;

/**
 * Starts one etcd and the members over it, each with its own key prefix, authority and ports. Everything ends with this
 * process, however it ends. When one does not start, all are ended and the error shows the end of its log.
 */
export async function startMembers(options: StartMembersOptions): Promise<MemberSet> {
  const workDir = options.workDir ?? (await mkdtemp(join(tmpdir(), 'flotilla-members-')));
  await mkdir(workDir, { recursive: true });
  await rm(join(workDir, 'etcd'), { recursive: true, force: true });
  const reaper = createReaper(options.workDir === undefined ? workDir : '');
  const cleanUps: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(cleanUps.splice(0).map(async (cleanUp) => cleanUp()));
    reaper.close();
    await rm(options.workDir === undefined ? workDir : join(workDir, 'etcd'), { recursive: true, force: true });
  };
  try {
    const { binaries, signal } = options;
    const etcd = await startEtcd({
      program: binaries.etcd,
      folder: workDir,
      reaper,
      isDurable: options.durable ?? false,
      signal,
    });
    cleanUps.push(async () => etcd.component.kill());
    const members = await startTwoAtATime(options.names, async (name) => {
      const member = await startMember({
        name,
        folder: join(workDir, name),
        etcdUrl: etcd.url,
        binaries,
        reaper,
        withControllerManager: options.withControllerManager ?? true,
        withScheduler: options.withScheduler ?? true,
        nodes: options.withNodes ?? DEFAULT_NODES,
        signal,
      });
      cleanUps.push(member.stop);
      return member;
    });
    return { members, etcdPid: etcd.component.pid, workDir, member: (name) => memberNamed(members, name), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function memberNamed(members: readonly Member[], name: string): Member {
  const member = members.find((candidate) => candidate.name === name);
  if (member === undefined)
    throw new Error(`there is no member ${name}; there are ${members.map((m) => m.name).join(', ')}`);
  return member;
}

/** Waits for all starts to settle before it rejects, so that nothing starts behind the clean-up's back. */
async function startTwoAtATime(
  names: readonly string[],
  start: (name: string) => Promise<Member>,
): Promise<readonly Member[]> {
  const started: Member[] = [];
  const waiting = [...names.entries()];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && failures.length === 0; next = waiting.shift()) {
      const [index, name] = next;
      try {
        started[index] = await start(name);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: STARTED_AT_ONCE }, worker));
  if (failures.length > 0) throw failures[0];
  return started;
}
