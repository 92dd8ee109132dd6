import { once } from 'node:events';

import { Command, InvalidArgumentError } from 'commander';

import { ensureBinaries } from './binaries.ts';
import type { Binaries } from './binaries.ts';
import { DEFAULT_NODES } from './kwok-nodes.ts';
import { startMembers } from './members.ts';

interface UpOptions {
  readonly members: number;
  readonly nodes: number;
  readonly scheduler: boolean;
  readonly durable: boolean;
  readonly dir?: string;
}

const program = new Command('clusters').description('Real Kubernetes member clusters as local processes.');

program
  .command('build')
  .description('build the binaries into the cache and print where they are')
  .action(async () => {
    for (const path of Object.values(await requireBinaries())) process.stdout.write(`${path}\n`);
  });

program
  .command('up')
  .description('start member clusters, print their kubeconfigs and stay until Ctrl-C')
  .option('--members <count>', 'how many', positiveInteger, 3)
  .option('--nodes <count>', 'kwok nodes of each member, 0 for none', naturalNumber, DEFAULT_NODES.count)
  .option('--no-scheduler', 'without kube-scheduler: Pods stay pending')
  .option('--durable', 'etcd syncs each write to disk', false)
  .option('--dir <folder>', 'where data and logs go (a temporary folder unless given)')
  .action(up);

await program.parseAsync();

async function up({ members: count, nodes, scheduler, durable, dir }: UpOptions): Promise<void> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort());
  const { signal } = interrupted;
  const binaries = await requireBinaries(signal);
  const startMs = Date.now();
  const set = await startMembers({
    binaries,
    names: Array.from({ length: count }, (_, index) => `member${index + 1}`),
    withScheduler: scheduler,
    withNodes: nodes === 0 ? false : { ...DEFAULT_NODES, count: nodes },
    durable,
    ...(dir === undefined ? {} : { workDir: dir }),
    signal,
  });
  for (const member of set.members) {
    process.stdout.write(`${member.name}  ${member.url}  ${member.kubeconfigPath}\n`);
  }
  process.stdout.write(
    `ready in ${((Date.now() - startMs) / 1000).toFixed(1)} s; logs in ${set.workDir}; Ctrl-C ends it\n`,
  );
  const stayAlive = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(stayAlive);
  await set.stop();
}

async function requireBinaries(signal?: AbortSignal): Promise<Binaries> {
  const binaries = await ensureBinaries(signal === undefined ? {} : { signal });
  return 'unavailable' in binaries ? program.error(binaries.unavailable) : binaries;
}

function naturalNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a number.');
  return Number(text);
}

function positiveInteger(text: string): number {
  const value = naturalNumber(text);
  if (value === 0) throw new InvalidArgumentError('must be at least 1.');
  return value;
}
