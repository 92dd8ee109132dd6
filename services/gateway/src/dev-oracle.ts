import { ensureBinaries } from '../../../test/clusters/src/binaries.ts';
import { startMembers } from '../../../test/clusters/src/members.ts';
const b = await ensureBinaries() as any;
const set = await startMembers({ binaries: b, names: ['oracle'], withScheduler: false, withNodes: false, withControllerManager: process.argv[2] === 'cm', workDir: '/tmp/oracle' });
console.log('ready', JSON.stringify({ url: set.members[0]!.url, token: set.members[0]!.adminToken, ca: set.members[0]!.caPem }));
process.on('SIGTERM', async () => { await set.stop(); process.exit(0); });
setInterval(() => {}, 60000);
