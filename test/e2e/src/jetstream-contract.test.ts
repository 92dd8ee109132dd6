import { describeEventLogContract } from '@flotilla/log/event-log-contract';
import { createJetStreamLog } from '@flotilla/log/jetstream-log';
import { connectNats } from '@flotilla/log/jetstream/nats-link';
import type { NatsLink } from '@flotilla/log/jetstream/nats-link';
import { ensureStreams } from '@flotilla/log/jetstream/streams';
import type { NatsServer } from '@flotilla/test-clusters/nats-server';
import { afterAll, beforeAll } from 'vitest';

import { startTestNats, testStream } from './jetstream-fixture.ts';

let server: NatsServer;
let link: NatsLink;
beforeAll(async () => {
  server = await startTestNats();
  link = await connectNats({ servers: server.url });
});
afterAll(async () => {
  await link.close();
  await server.stop();
});

describeEventLogContract('JetStream', {
  modelRuns: 40,
  create: async ({ historyMaxEntries }) => {
    const stream = testStream();
    await ensureStreams(link, [stream]);
    const open = async () =>
      createJetStreamLog({ link, stream, historyMaxEntries, compactionIntervalMs: 0, compactionGraceMs: 0 });
    let log = await open();
    return {
      log,
      compact: async () => log.compact(),
      reopen: async () => {
        await log.close();
        log = await open();
        return log;
      },
      dispose: async () => {
        await log.close();
        await link.manager.streams.delete(stream.name);
        await link.manager.streams.delete(`${stream.prefix}-control`);
      },
    };
  },
});
