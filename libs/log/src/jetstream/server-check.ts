const oldestMajor = 2;
const oldestMinor = 12;

/** The NATS server, or what is set up in it, can't hold the log. The message is one sentence that says what to change. */
export class NatsUnsupported extends Error {
  override readonly name = 'NatsUnsupported';
}

/** What the server says of itself when a client connects, as far as it matters here. */
export interface ServerDescription {
  readonly version: string;
  readonly jetstream?: boolean;
}

/** Throws NatsUnsupported unless the server is new enough and has JetStream enabled. */
export function checkServer(server: ServerDescription | undefined): void {
  const version = server?.version ?? 'unknown';
  const [, major = 0, minor = 0] = (/^(\d+)\.(\d+)\./.exec(version) ?? []).map(Number);
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new NatsUnsupported(
      `the NATS server is version ${version}, but appending several entries atomically needs ${oldestMajor}.${oldestMinor} or later: upgrade it`,
    );
  }
  if (server?.jetstream !== true) {
    throw new NatsUnsupported(
      'the NATS server has JetStream switched off, where the log is kept: add a `jetstream` block with a `store_dir` to its configuration',
    );
  }
}
