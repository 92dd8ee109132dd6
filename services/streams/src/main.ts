import process from 'node:process';
import { openLogs } from '@flotilla/replica/open-logs';
import { runService } from '@flotilla/runtime/run-service';
import { configSchema } from './config.ts';

let isDone = false;

await runService(
  {
    name: 'streams',
    version: '0.1.0',
    schema: configSchema,
    async start({ config, report }) {
      // The party whose certificate this is: no service may make streams.
      const logs = await openLogs('platform', config, report);
      await logs.close();
      report({ level: 'info', message: 'the streams are there', fields: {} });
      isDone = true;
      return { stop: () => Promise.resolve() };
    },
  },
  process,
);
// The shell ends a process in order, and by a signal.
if (isDone) process.kill(process.pid, 'SIGTERM');
