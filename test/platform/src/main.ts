// `npm run distributed`: the platform as processes of its own on this machine, until Ctrl-C.
import { join } from 'node:path';
import process from 'node:process';
import { ensureBinaries } from '@flotilla/test-clusters/binaries';
import { startDistributed } from './distributed.ts';

const replicas = Number(process.argv[2] ?? '2');
if (!Number.isInteger(replicas) || replicas < 1 || replicas > 9) {
  process.stderr.write('usage: npm run distributed -- [replicas of each service, 1 to 9]\n');
  process.exit(2);
}
const binaries = await ensureBinaries();
if ('unavailable' in binaries) {
  process.stderr.write(`distributed: ${binaries.unavailable}\n`);
  process.exit(1);
}
const platform = await startDistributed({
  natsServer: binaries.natsServer,
  replicas,
  dataDir: join('.flotilla', 'distributed'),
});
const seconds = (platform.readyAfterMs / 1_000).toFixed(1);
process.stdout.write(`${platform.replicas.length} processes are ready after ${seconds} s on ${platform.nats.url}\n\n`);
for (const path of platform.kubeconfigPaths) process.stdout.write(`  export KUBECONFIG=${path}\n`);
process.stdout.write(`\n  logs: ${platform.logPath}    stop: Ctrl-C\n`);
process.once('SIGINT', () => {
  process.stdout.write('\nstopping …\n');
  void platform.stop().then(() => process.exit(0));
});
