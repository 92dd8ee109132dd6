import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { appended, latestEntries } from '@flotilla/log/event-log-contract';
import { createJetStreamLog } from '@flotilla/log/jetstream-log';
import { connectNats } from '@flotilla/log/jetstream/nats-link';
import { ensureStreams, eventStream, leaseStream, stateStream, telemetryStream } from '@flotilla/log/jetstream/streams';
import type { NatsServer } from '@flotilla/test-clusters/nats-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openTestLog, startTestNats, testStream } from './jetstream-fixture.ts';

let server: NatsServer;
beforeAll(async () => {
  server = await startTestNats();
});
afterAll(async () => {
  await server.stop();
});

const put = (subject: string, bytes = 10) => ({ subject, value: Buffer.alloc(bytes, 'x') });

describe('a NATS server that cannot hold the log', () => {
  it('is refused in one sentence when it is too old', async () => {
    const old = createServer((socket) => {
      socket.write(
        'INFO {"server_id":"x","version":"2.9.25","max_payload":1048576,"headers":true,"jetstream":true}\r\n',
      );
      socket.on('data', (data) => {
        if (data.includes('PING')) socket.write('PONG\r\n');
      });
      socket.on('error', () => socket.destroy());
    });
    old.listen(0, '127.0.0.1');
    await once(old, 'listening');
    const { port } = old.address() as AddressInfo;
    await expect(connectNats({ servers: `nats://127.0.0.1:${port}` })).rejects.toThrow(/version 2\.9\.25.*needs 2\.12/);
    old.close();
  });

  it('is refused in one sentence when JetStream is off', async () => {
    const plain = await startTestNats({ withJetStream: false });
    await expect(connectNats({ servers: plain.url })).rejects.toThrow(/JetStream switched off/);
    await plain.stop();
  });

  it('is reported as unreachable when nobody listens', async () => {
    const connecting = connectNats({ servers: 'nats://127.0.0.1:1' });
    await expect(connecting).rejects.toMatchObject({ name: 'LogUnavailable', reason: 'Unreachable' });
  });

  it('is reported when the stream is missing', async () => {
    const link = await connectNats({ servers: server.url });
    await expect(createJetStreamLog({ link, stream: testStream() })).rejects.toThrow(/make it with ensureStreams/);
    await link.close();
  });
});

describe('ensureStreams', () => {
  it('makes all streams of the platform, and changes nothing the second time', async () => {
    const link = await connectNats({ servers: server.url });
    const specs = [stateStream(), leaseStream(), eventStream(), telemetryStream()];
    await ensureStreams(link, specs);
    const configs = async () =>
      Promise.all(specs.map(async ({ name }) => (await link.manager.streams.info(name)).config));
    const before = await configs();
    await Promise.all([ensureStreams(link, specs), ensureStreams(link, specs)]);
    expect(await configs()).toStrictEqual(before);
    for (const { name } of specs) await link.manager.streams.delete(name);
    await link.close();
  });

  it('raises limits, and refuses to lower those of a stream that holds entries', async () => {
    const stream = testStream({ maxBytes: 1_000_000 });
    await using open = await openTestLog(server.url, stream);
    await appended(open.log, put('a'));
    await ensureStreams(open.link, [{ ...stream, maxBytes: 2_000_000 }]);
    await expect(ensureStreams(open.link, [{ ...stream, maxBytes: 1_000 }])).rejects.toThrow(/may hold more bytes/);
    await expect(ensureStreams(open.link, [{ ...stream, subjects: ['a'] }])).rejects.toThrow(/no longer be stored/);
    expect((await open.link.manager.streams.info(stream.name)).config.max_bytes).toBe(2_000_000);
  });

  it('begins a rebuilt log at the revision given, without a history before it', async () => {
    const stream = testStream({ firstRevision: 1_000 });
    await using open = await openTestLog(server.url, stream);
    expect(await open.log.head()).toBe(999);
    expect(await open.log.firstReadable()).toBe(999);
    expect(await appended(open.log, put('a'), put('b'))).toStrictEqual([1_000, 1_001]);
    await ensureStreams(open.link, [stream]);
    expect(await open.log.firstReadable()).toBe(999);
  });
});

describe('a full stream', () => {
  it('refuses appends with DiskFull, keeps what it has, and takes more when there is room', async () => {
    const stream = testStream({ maxBytes: 100_000 });
    await using open = await openTestLog(server.url, stream, { historyMaxEntries: 1 });
    const fill = async (): Promise<void> => {
      for (;;) await appended(open.log, put('a', 10_000), put('b', 10_000));
    };
    await expect(fill()).rejects.toMatchObject({ reason: 'DiskFull' });
    const single = async (): Promise<void> => {
      for (;;) await appended(open.log, put('a', 10_000));
    };
    await expect(single()).rejects.toMatchObject({ reason: 'DiskFull' });
    expect(await latestEntries(open.log, '>')).toHaveLength(2);
    await open.log.compact();
    await appended(open.log, put('a', 10_000));
  });

  it.each([
    {
      name: 'more entries than an atomic batch takes',
      entries: Array.from({ length: 1_001 }, (_, i) => put(`a.${i}`)),
    },
    { name: 'a value larger than a message may be', entries: [put('a', 9 * 1024 * 1024)] },
    { name: 'a subject with a space', entries: [put('a b')] },
    { name: 'a subject with a wildcard', entries: [put('a.*')] },
    { name: 'a subject with an empty token', entries: [put('a..b')] },
    { name: 'a subject too long for the protocol', entries: [put('a'.repeat(4_000))] },
  ])('or not, $name is a programming error and harms nothing', async ({ entries }) => {
    await using open = await openTestLog(server.url, testStream());
    await expect(open.log.append(entries)).rejects.toThrow(RangeError);
    await appended(open.log, put('a'));
  });

  it('or not, a thousand entries are one append', async () => {
    await using open = await openTestLog(server.url, testStream());
    const revisions = await appended(open.log, ...Array.from({ length: 1_000 }, (_, index) => put(`a.${index}`)));
    expect(revisions).toHaveLength(1_000);
    expect(await latestEntries(open.log, '>')).toHaveLength(1_000);
  });
});
