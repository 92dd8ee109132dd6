import process from 'node:process';
import { createInterpreter } from '@flotilla/interpreter/interpreter';
import { readOpenApiBytes } from '@flotilla/kinds/openapi-files';
import { LostRace } from '@flotilla/kubeapi/controllers/controller';
import { runReplica } from '@flotilla/replica/replica';
import { reportEvent } from '@flotilla/replica/report-event';
import { runService } from '@flotilla/runtime/run-service';
import { OwnershipLost } from '@flotilla/store/owned-store';
import { createWorkView } from '@flotilla/works/work-view';
import type { ApiReport } from '@flotilla/kubeapi/api-report';
import { createClusterProxy } from './cluster-proxy.ts';
import { configSchema } from './config.ts';
import { readPki } from './pki.ts';
import { createGateway } from './service.ts';

await runService(
  {
    name: 'gateway',
    version: '0.1.0',
    schema: configSchema,
    start(context) {
      const { host, port, pkiDirectory, isAuditing } = context.config;
      const options = { service: 'gateway', partitionCount: 1, followsDefinitions: false, dropsHistory: true };
      return runReplica(context, options, async ({ store, kinds, ...replica }) =>
        createGateway(
          {
            ...replica,
            store,
            kinds,
            report: reportEvent(context.report, 'api', levelOf),
            openApi: { read: readOpenApiBytes },
            virtualResources: [createWorkView({ store, kinds, interpreter: createInterpreter() })],
            connectors: [createClusterProxy({ store })],
          },
          { directory: pkiDirectory, pki: await readPki(pkiDirectory, Date.now()), host, port, isAuditing },
        ),
      );
    },
  },
  process,
);

function levelOf(event: ApiReport): 'debug' | 'info' | 'warn' | 'error' {
  if (event.kind === 'audit') return 'info';
  // A lost race is tried again from fresh state, and what another replica has is that one's: part of the protocol, no error.
  if ('error' in event && (event.error instanceof LostRace || event.error instanceof OwnershipLost)) return 'debug';
  return event.kind === 'watch-too-slow' ? 'warn' : 'error';
}
