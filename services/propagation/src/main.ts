import process from 'node:process';
import { createInterpreter } from '@flotilla/interpreter/interpreter';
import { createHttpMemberClient } from '@flotilla/member/http-member-client';
import { runReplica } from '@flotilla/replica/replica';
import { runService } from '@flotilla/runtime/run-service';
import { configSchema } from './config.ts';
import { createPropagation } from './service.ts';

await runService(
  {
    name: 'propagation',
    version: '0.1.0',
    schema: configSchema,
    start: (context) =>
      runReplica(context, { service: 'propagation' }, (replica) =>
        createPropagation({
          ...replica,
          interpreter: createInterpreter(),
          connect: createHttpMemberClient,
          report: context.report,
        }),
      ),
  },
  process,
);
