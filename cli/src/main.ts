import { commandName } from './command-name.ts';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal.ts';

const interrupted = new AbortController();
const args = process.argv.slice(2);
// The platform itself handles signals.
if (commandName(args) !== 'up') {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(130);
      interrupted.abort(new Error('interrupted'));
    });
  }
}
// A reader that has seen enough, such as `head`, closes the pipe.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await runProgram(args, processTerminal(process, interrupted.signal), performance.timeOrigin);
