/** What a command may touch of the process it runs in. Tests give it buffers. */
import colors from 'picocolors';

export type Colors = ReturnType<typeof colors.createColors>;

export interface Terminal {
  /** Results: standard output, as given. */
  readonly out: (text: string) => void;
  /** Everything else: standard error, as given. */
  readonly err: (text: string) => void;
  /** Somebody looks at standard error: progress may be drawn there. */
  readonly isInteractive: boolean;
  /** Somebody looks at standard output: it may be redrawn. */
  readonly isOutTerminal: boolean;
  /** Width in characters; what is no terminal has no limit. */
  readonly columns: number;
  readonly outColors: Colors;
  readonly errColors: Colors;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly readStdin: () => Promise<string>;
  /** Aborts when the person asks to stop. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}

export function processTerminal(process: NodeJS.Process, signal: AbortSignal): Terminal {
  const { stdout, stderr, stdin, env } = process;
  const isPlain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isInteractive: stderr.isTTY && env['TERM'] !== 'dumb',
    isOutTerminal: stdout.isTTY && env['TERM'] !== 'dumb',
    columns: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
    outColors: colors.createColors(stdout.isTTY && !isPlain),
    errColors: colors.createColors(stderr.isTTY && !isPlain),
    env,
    cwd: process.cwd(),
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
    signal,
    now: Date.now,
  };
}
