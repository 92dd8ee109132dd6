/** Where the member clusters of a test suite come from: processes of this machine, or containers where a Docker engine answers. */
import { constants } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { ensureBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { chooseProvider } from './choose-provider.ts';
import { dockerAnswers } from './docker-engine.ts';
import { DEFAULT_NODES } from './kwok-nodes.ts';
import type { Member } from './member.ts';
import { startMembers } from './members.ts';
import type { MemberSet, StartMembersOptions } from './members.ts';

/** What every provider gives. */
export type Members = Omit<MemberSet, 'etcdPid'>;
export type MembersWanted = Omit<StartMembersOptions, 'binaries' | 'workDir' | 'signal'>;

export interface MemberProvider {
  readonly kind: 'processes' | 'containers';
  /** Only kubectl and Helm are sure to exist where the members are containers. */
  readonly binaries: Binaries;
  /** Starts the members; `stop` ends all of them. */
  readonly start: (wanted: MembersWanted) => Promise<Members>;
}

const PING_TIMEOUT_MS = 2_000;

/** Answers why there is none, with the remedy, where neither can be had. `wish`: `FLOTILLA_MEMBERS` unless given. */
export async function findMemberProvider(
  env: Readonly<Record<string, string | undefined>>,
  wish = env['FLOTILLA_MEMBERS'],
): Promise<MemberProvider | { readonly unavailable: string }> {
  const [hasDockerEngine, binaries, hasKubectlAndHelmOnPath] = await Promise.all([
    dockerAnswers(env, AbortSignal.timeout(PING_TIMEOUT_MS)),
    ensureBinaries(),
    Promise.all(['kubectl', 'helm'].map(async (program) => isOnPath(program, env['PATH']))),
  ]);
  const choice = chooseProvider({
    wish,
    hasDockerEngine,
    binaries: 'unavailable' in binaries ? binaries : 'available',
    hasKubectlAndHelmOnPath: hasKubectlAndHelmOnPath.every(Boolean),
  });
  switch (choice.kind) {
    case 'none':
      return { unavailable: choice.reason };
    case 'containers': {
      const tools = 'unavailable' in binaries ? programsOnPath : binaries;
      return { kind: 'containers', binaries: tools, start: async (wanted) => startContainers(wanted, env) };
    }
    case 'processes': {
      if ('unavailable' in binaries) return binaries;
      return { kind: 'processes', binaries, start: async (wanted) => startMembers({ ...wanted, binaries }) };
    }
  }
}

/** Names alone are looked up when they are run. */
const programsOnPath: Binaries = {
  etcd: 'etcd',
  kubeApiserver: 'kube-apiserver',
  kubeControllerManager: 'kube-controller-manager',
  kubeScheduler: 'kube-scheduler',
  kubectl: 'kubectl',
  kwok: 'kwok',
  kwokStages: '',
  helm: 'helm',
  natsServer: 'nats-server',
  ferretdb: 'ferretdb',
  compose: 'compose',
};

async function isOnPath(program: string, path = ''): Promise<boolean> {
  for (const folder of path.split(delimiter)) {
    const isThere = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}

/** What a member is made of cannot be chosen here: k3s is one process. */
async function startContainers(
  { names, withNodes }: MembersWanted,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Members> {
  // Only where it is used: the library is large.
  const { startContainerMember } = await import('./k3s-member.ts');
  const workDir = await mkdtemp(join(tmpdir(), 'flotilla-members-'));
  const started = await Promise.allSettled(
    names.map(async (name) =>
      startContainerMember({ name, folder: join(workDir, name), nodes: withNodes ?? DEFAULT_NODES, env }),
    ),
  );
  const members = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(members.map(async (member) => member.stop()));
    await rm(workDir, { recursive: true, force: true });
  };
  const failure = started.find((each) => each.status === 'rejected');
  if (failure !== undefined) {
    await stop();
    throw failure.reason;
  }
  return { members, workDir, member: (name) => named(members, name), stop };
}

function named(members: readonly Member[], name: string): Member {
  const member = members.find((candidate) => candidate.name === name);
  if (member === undefined) throw new Error(`there is no member ${name}`);
  return member;
}
