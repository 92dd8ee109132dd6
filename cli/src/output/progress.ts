/** One line on standard error that says what is being waited for. Only where somebody looks. */
import type { Terminal } from '../terminal.ts';

export interface Progress {
  /** What is going on now. */
  show(text: string): void;
  /** Takes the line away. */
  end(): void;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;
const clearLine = '\r\u001B[K';

export function startProgress(terminal: Terminal, text: string): Progress {
  if (!terminal.isInteractive) return { show: () => undefined, end: () => undefined };
  let current = text;
  let frame = 0;
  const draw = (): void => {
    frame = (frame + 1) % frames.length;
    const room = Math.max(20, Math.min(terminal.columns, 200) - 3);
    terminal.err(`${clearLine}${terminal.errColors.cyan(frames[frame] ?? '')} ${current.slice(0, room)}`);
  };
  draw();
  const timer = setInterval(draw, frameMs);
  return {
    show(next) {
      current = next;
    },
    end() {
      clearInterval(timer);
      terminal.err(clearLine);
    },
  };
}

/** Shows progress while `run` lasts. */
export async function withProgress<Result>(
  terminal: Terminal,
  text: string,
  run: (progress: Progress) => Promise<Result>,
): Promise<Result> {
  const progress = startProgress(terminal, text);
  try {
    return await run(progress);
  } finally {
    progress.end();
  }
}
