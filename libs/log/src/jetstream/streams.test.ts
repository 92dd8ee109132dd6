import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';

import type { NatsLink } from './nats-link.ts';
import { checkServer, NatsUnsupported } from './server-check.ts';
import { ensureStreams, leaseStream, plannedChange } from './streams.ts';

const config = {
  name: 'state',
  subjects: ['p.state.>'],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.New,
  num_replicas: 3,
  max_bytes: 1_000,
  max_age: 0,
  max_msgs_per_subject: -1,
} as StreamConfig;

function existing(messages: number, over: Partial<StreamConfig> = {}): Pick<StreamInfo, 'config' | 'state'> {
  return { config: { ...config, ...over }, state: { messages } as StreamInfo['state'] };
}

describe('a stream that exists', () => {
  it.each([
    { name: 'nothing when nothing differs', wanted: {}, change: undefined },
    {
      name: 'nothing for the first revision, which only a new stream has',
      wanted: { first_seq: 7 },
      change: undefined,
    },
    { name: 'a higher limit', wanted: { max_bytes: 2_000 }, change: { max_bytes: 2_000 } },
    { name: 'no limit', wanted: { max_bytes: -1 }, change: { max_bytes: -1 } },
    { name: 'more replicas', wanted: { num_replicas: 5 }, change: { num_replicas: 5 } },
    {
      name: 'more subjects',
      wanted: { subjects: ['p.state.>', 'p.more.>'] },
      change: { subjects: ['p.state.>', 'p.more.>'] },
    },
  ])('gets $name', ({ wanted, change }) => {
    expect(plannedChange(existing(1), { ...config, ...wanted })).toStrictEqual(change);
  });

  it.each([
    { name: 'another storage', wanted: { storage: StorageType.Memory }, message: /stored in file/ },
    { name: 'another retention', wanted: { retention: RetentionPolicy.Workqueue }, message: /retention limits/ },
    { name: 'fewer subjects', wanted: { subjects: ['p.other.>'] }, message: /holds p\.state\.>/ },
    { name: 'fewer bytes', wanted: { max_bytes: 999 }, message: /may hold more bytes/ },
    { name: 'an age limit', wanted: { max_age: 1 }, message: /keeps messages for longer/ },
    { name: 'fewer replicas', wanted: { num_replicas: 1 }, message: /has 3 replicas/ },
    { name: 'a depth for each subject', wanted: { max_msgs_per_subject: 1 }, message: /more messages of each/ },
  ])('and holds entries is not given $name', ({ wanted, message }) => {
    expect(() => plannedChange(existing(1), { ...config, ...wanted })).toThrow(message);
  });

  it('but holds nothing yet may shrink', () => {
    expect(plannedChange(existing(0), { ...config, max_bytes: 10 })).toStrictEqual({ max_bytes: 10 });
  });
});

describe('a server', () => {
  it.each(['2.12.0', '2.15.2', '3.0.0', '2.13.0-RC.1'])('of version %s will do', (version) => {
    expect(() => checkServer({ version, jetstream: true })).not.toThrow();
  });

  it.each([
    { name: 'too old', server: { version: '2.11.9', jetstream: true }, message: /2\.11\.9.*2\.12 or later/ },
    { name: 'of an unknown version', server: { version: 'x', jetstream: true }, message: /upgrade/ },
    { name: 'silent', server: undefined, message: /unknown/ },
    { name: 'without JetStream', server: { version: '2.15.2' }, message: /JetStream switched off/ },
  ])('that is $name will not', ({ server, message }) => {
    expect(() => checkServer(server)).toThrow(message);
  });
});

describe('ensureStreams', () => {
  const manager = (add: () => Promise<unknown>): NatsLink =>
    // Only what the creation of streams calls.
    ({
      manager: {
        streams: {
          info: () => Promise.reject(new JetStreamApiError({ code: 404, err_code: 10_059, description: 'not found' })),
          add,
        },
      },
    }) as unknown as NatsLink;

  it('tries again when the server could not set up its files', async () => {
    let tried = 0;
    const failure = new JetStreamApiError({
      code: 500,
      err_code: 10_049,
      description: 'error creating store for stream',
    });
    const add = (): Promise<unknown> => (++tried === 1 ? Promise.reject(failure) : Promise.resolve({}));
    await ensureStreams(manager(add), [leaseStream()]);
    expect(tried).toBe(3);
  });

  it('does not try again what the server refuses', async () => {
    let tried = 0;
    const add = (): Promise<unknown> => {
      tried += 1;
      return Promise.reject(new JetStreamApiError({ code: 500, err_code: 10_052, description: 'invalid' }));
    };
    await expect(ensureStreams(manager(add), [leaseStream()])).rejects.toThrow(NatsUnsupported);
    expect(tried).toBe(1);
  });
});
