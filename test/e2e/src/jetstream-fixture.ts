import { createJetStreamLog } from '@flotilla/log/jetstream-log';
import type { JetStreamLog, JetStreamLogOptions } from '@flotilla/log/jetstream-log';
import { connectNats } from '@flotilla/log/jetstream/nats-link';
import type { NatsLink } from '@flotilla/log/jetstream/nats-link';
import { ensureStreams, stateStream } from '@flotilla/log/jetstream/streams';
import type { StreamSpec } from '@flotilla/log/jetstream/streams';
import { ensureBinaries } from '@flotilla/test-clusters/binaries';
import { startNatsServer } from '@flotilla/test-clusters/nats-server';
import type { NatsServer, NatsServerOptions } from '@flotilla/test-clusters/nats-server';

let counter = 0;

/** Starts a server, or says why that isn't possible. */
export async function startTestNats(options: Omit<NatsServerOptions, 'program'> = {}): Promise<NatsServer> {
  const binaries = await ensureBinaries();
  if ('unavailable' in binaries) throw new Error(binaries.unavailable);
  return startNatsServer({ program: binaries.natsServer, ...options });
}

/** A stream for any subject, of which there's no other. */
export function testStream(sizing: Partial<StreamSpec> = {}): StreamSpec {
  const name = `test${counter++}`;
  return { ...stateStream(), name, prefix: name, subjects: ['>'], ...sizing };
}

export interface TestLog extends AsyncDisposable {
  readonly log: JetStreamLog;
  readonly link: NatsLink;
  readonly stream: StreamSpec;
  /** Another adapter on the same stream, over another connection. */
  readonly second: (options?: Partial<JetStreamLogOptions>) => Promise<TestLog>;
}

/** A log on a connection of its own; makes the stream where it's missing. History is dropped only when asked for. */
export async function openTestLog(
  url: string,
  stream: StreamSpec,
  options: Partial<JetStreamLogOptions> = {},
): Promise<TestLog> {
  const link = await connectNats({ servers: url });
  await ensureStreams(link, [stream]);
  const log = await createJetStreamLog({ link, stream, compactionIntervalMs: 0, compactionGraceMs: 0, ...options });
  return {
    log,
    link,
    stream,
    second: async (others = {}) => openTestLog(url, stream, { ...options, ...others }),
    [Symbol.asyncDispose]: async () => {
      await log.close();
      await link.close();
    },
  };
}
