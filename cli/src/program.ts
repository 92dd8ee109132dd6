/** The command line: every command, how it is parsed, and how a failure ends. */
import { Command, CommanderError } from 'commander';

import { commandName } from './command-name.ts';
import { addApply } from './commands/apply.ts';
import { addBackup } from './commands/backup.ts';
import { addCompletion } from './commands/completion.ts';
import { addDelete } from './commands/delete.ts';
import { addDemo } from './commands/demo.ts';
import { addExplain } from './commands/explain.ts';
import { addGet } from './commands/get.ts';
import { addInit } from './commands/init.ts';
import { addJoin } from './commands/join.ts';
import { addOptions } from './commands/options.ts';
import { addRestore } from './commands/restore.ts';
import { addStatus } from './commands/status.ts';
import { addUnjoin } from './commands/unjoin.ts';
import { addUp } from './commands/up.ts';
import { addVerify } from './commands/verify.ts';
import { addVersion } from './commands/version.ts';
import { exitCodes, failureOf } from './errors.ts';
import type { Terminal } from './terminal.ts';

const exitCodeText = `
Exit codes:
  0  done                         1  failed; the message says why
  2  wrong use of the command     3  no such object or kind
  4  control plane not reachable  130  interrupted`;

export interface ProgramOptions {
  readonly startedAtMs: number;
  /** Loads the options of `up` too, which takes longer. */
  readonly withUp: boolean;
}

export async function createProgram(terminal: Terminal, { startedAtMs, withUp }: ProgramOptions): Promise<Command> {
  const program = new Command('flotilla')
    .description('Run unmodified Kubernetes applications across many clusters and clouds.')
    .option(
      '--config <file>',
      'kubeconfig of the control plane (default: $FLOTILLA_KUBECONFIG, else .flotilla/kubeconfig)',
    )
    .option('-n, --namespace <name>', 'namespace of the objects (default: "default")')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText(
      'after',
      `
Examples:
  flotilla up                                   run everything here, with three simulated clusters
  flotilla demo                                 a small shop on three clusters
  flotilla status deployment web -n storefront  where it runs, and how it is
  flotilla explain deployment web -n storefront why it runs there
${exitCodeText}`,
    )
    .showSuggestionAfterError()
    .showHelpAfterError('Add --help to see how it is used')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: (text, write) => write(`${terminal.errColors.red('flotilla:')} ${text.replace(/^error: /, '')}`),
      getOutHelpWidth: () => Math.min(terminal.columns, 100),
      getErrHelpWidth: () => Math.min(terminal.columns, 100),
      getOutHasColors: () => terminal.outColors.isColorSupported,
      getErrHasColors: () => terminal.errColors.isColorSupported,
    });
  await addUp(program, { isMeant: withUp, startedAtMs });
  for (const add of [addDemo, addJoin, addUnjoin, addGet, addApply, addDelete, addStatus, addExplain])
    add(program, terminal);
  for (const add of [addBackup, addRestore, addVerify]) add(program, terminal);
  for (const add of [addInit, addVersion, addCompletion, addOptions]) add(program, terminal);
  return program;
}

/** Answers the exit code; never rejects. */
export async function runProgram(args: readonly string[], terminal: Terminal, startedAtMs: number): Promise<number> {
  try {
    const program = await createProgram(terminal, { startedAtMs, withUp: commandName(args) === 'up' });
    if (args.length === 0) {
      program.outputHelp();
      return exitCodes.ok;
    }
    await program.parseAsync(args, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (terminal.signal.aborted) return exitCodes.interrupted;
    const { lines, exitCode } = failureOf(error);
    terminal.err(
      lines
        .map((line, index) => (index === 0 ? `${terminal.errColors.red('flotilla:')} ${line}\n` : `${line}\n`))
        .join(''),
    );
    return exitCode;
  }
}
