import colors from 'picocolors';

import { runProgram } from '../program.ts';
import type { Terminal } from '../terminal.ts';

export interface Run {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
}

/** Runs the whole command line without a process or a terminal. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  let out = '';
  let err = '';
  const plain = colors.createColors(false);
  const terminal: Terminal = {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    isInteractive: false,
    isOutTerminal: false,
    columns: 100,
    outColors: plain,
    errColors: plain,
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    readStdin: () => Promise.resolve(options.stdin ?? ''),
    signal: options.signal ?? new AbortController().signal,
    now: () => Date.parse('2026-01-01T00:00:00Z'),
  };
  const exitCode = await runProgram(args, terminal, 0);
  return { exitCode, out, err };
}
