import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/**
 * Kills the registered processes when this process ends, however it ends. It is a shell of its own that reads our
 * commands from a pipe: when the pipe closes, the parent is gone.
 */
export interface Reaper {
  readonly add: (pid: number) => void;
  /** To be called when the process has ended, before its pid can belong to somebody else. */
  readonly remove: (pid: number) => void;
  /** Ends the reaper itself; whatever is still registered is killed. */
  readonly close: () => void;
}

const SCRIPT = `
trap '' INT TERM HUP
pids=' '
while read -r command pid; do
  case "$command" in
    add) pids="$pids$pid " ;;
    remove) rest="\${pids#* $pid }"; pids="\${pids%% $pid *} $rest" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done
if [ -n "$1" ]; then sleep 0.5; rm -rf -- "$1"; fi
`;

/** `temporaryFolder` is removed after the processes are gone. */
export function createReaper(temporaryFolder = ''): Reaper {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'reaper', temporaryFolder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  shell.on('error', (error) => {
    throw new Error('cannot start the shell that ends member clusters with their parent', { cause: error });
  });
  const registered = new Set<number>();
  return {
    add(pid) {
      registered.add(pid);
      shell.stdin.write(`add ${pid}\n`);
    },
    remove(pid) {
      if (registered.delete(pid) && shell.stdin.writable) shell.stdin.write(`remove ${pid}\n`);
    },
    close() {
      if (registered.size === 0) shell.kill('SIGKILL');
      else shell.stdin.end();
    },
  };
}
