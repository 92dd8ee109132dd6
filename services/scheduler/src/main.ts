import process from 'node:process';
import { createInterpreter } from '@flotilla/interpreter/interpreter';
import { runReplica } from '@flotilla/replica/replica';
import { runService } from '@flotilla/runtime/run-service';
import { configSchema } from './config.ts';
import { createScheduler } from './service.ts';

await runService(
  {
    name: 'scheduler',
    version: '0.1.0',
    schema: configSchema,
    start(context) {
      const { concurrency, unschedulableRetryMs } = context.config;
      return runReplica(context, { service: 'scheduler' }, (replica) =>
        createScheduler(
          { ...replica, interpreter: createInterpreter(), report: context.report },
          { concurrency, unschedulableRetryMs },
        ),
      );
    },
  },
  process,
);
