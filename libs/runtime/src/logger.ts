import pino from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** One structured line: a constant lower-case message and its facts. Services report through this; only the process shell knows where lines go. */
export interface Report {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface Logger {
  /** Writes a line; `service` is bound to every line of one service. */
  reporter(service: string): (report: Report) => void;
  /** Everything written so far is with the operating system afterwards. */
  close(): void;
}

/** Keys whose values never reach a log. */
const secretKeys = ['token', 'bearerToken', 'clientKeyPem', 'keyPem', 'password', 'authorization', 'data'];

/** Lines that wait for a disk that takes none; newer ones are dropped. */
const waitingMaxBytes = 1024 * 1024;

/** JSON lines into a file, or to standard error when no file is given. */
export function createLogger(options: { readonly level: LogLevel; readonly file?: string }): Logger {
  const destination = pino.destination({
    dest: options.file ?? 2,
    sync: false,
    mkdir: true,
    minLength: 0,
    maxLength: waitingMaxBytes,
  });
  // A full disk must not end the process: lines wait, then are dropped, and are written again once there is room.
  destination.on('error', () => undefined);
  const root = pino(
    { level: options.level, base: null, redact: { paths: secretKeys, censor: '[redacted]' } },
    destination,
  );
  return {
    reporter(service) {
      const child = root.child({ service });
      return ({ level, message, fields }) => child[level](fields, message);
    },
    close() {
      try {
        destination.flushSync();
      } finally {
        destination.end();
      }
    },
  };
}
