import type { LogLevel, Report } from '@flotilla/runtime/logger';

/** What parts of a process tell about themselves: a kind, and facts. */
export interface ToldEvent {
  readonly kind: string;
  readonly level?: LogLevel;
}

/** Makes lines of the log from what a part tells, named after the part. `levelOf` says how much those matter that don't say it themselves. */
export function reportEvent<E extends ToldEvent>(
  report: (report: Report) => void,
  part: string,
  levelOf: (event: E) => LogLevel = () => 'warn',
): (event: E) => void {
  return (event) => {
    const { kind, level = levelOf(event), ...fields } = event;
    report({ level, message: `${part}: ${kind}`, fields: withErrorText(fields) });
  };
}

/** Errors do not survive JSON: their stack goes in instead. */
function withErrorText(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { error, ...rest } = fields;
  if (error === undefined) return rest;
  return { ...rest, error: error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error) };
}
