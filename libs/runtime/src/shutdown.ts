/** A process that is asked to stop ends what it began, in order, within a deadline. */
export interface ShutdownDeps {
  readonly process: Pick<NodeJS.Process, 'on' | 'exit'>;
  readonly stop: () => Promise<void>;
  readonly onStopping: (signal: string) => void;
  readonly onFailure: (error: unknown) => void;
  readonly deadlineMs: number;
}

/** The first signal stops; a second one, or the deadline, ends the process at once. */
export function stopOnSignals(deps: ShutdownDeps): void {
  let isStopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    deps.process.on(signal, () => {
      if (isStopping) deps.process.exit(130);
      isStopping = true;
      deps.onStopping(signal);
      setTimeout(() => deps.process.exit(1), deps.deadlineMs).unref();
      deps.stop().then(
        () => deps.process.exit(0),
        (error: unknown) => {
          deps.onFailure(error);
          deps.process.exit(1);
        },
      );
    });
  }
}
