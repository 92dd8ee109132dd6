import process from 'node:process';
import { createHttpMemberClient } from '@flotilla/member/http-member-client';
import { runReplica } from '@flotilla/replica/replica';
import { runService } from '@flotilla/runtime/run-service';
import { configSchema } from './config.ts';
import { defaultThresholds } from './health.ts';
import { createRegistry } from './service.ts';

/** What it looks at; of the rest a large log is full. */
const resources = [
  { group: 'cluster.karmada.io', resource: 'clusters' },
  { group: '', resource: 'secrets' },
  { group: '', resource: 'namespaces' },
  { group: 'work.karmada.io', resource: 'resourcebindings' },
  { group: 'work.karmada.io', resource: 'clusterresourcebindings' },
];

await runService(
  {
    name: 'registry',
    version: '0.1.0',
    schema: configSchema,
    start: (context) =>
      runReplica(context, { service: 'registry', resources, followsDefinitions: false }, (replica) =>
        createRegistry(
          { ...replica, connect: createHttpMemberClient, report: context.report },
          { probeIntervalMs: context.config.probeIntervalMs, thresholds: defaultThresholds },
        ),
      ),
  },
  process,
);
