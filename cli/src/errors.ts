/** Failures as a person and a script see them: one line that says what to do next, and an exit code. */

export const exitCodes = { ok: 0, failed: 1, usage: 2, notFound: 3, unreachable: 4, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface CliErrorOptions {
  readonly exitCode?: ExitCode;
  /** What to do next: a sentence, or what to type. */
  readonly hint?: string;
  /** One line each, below the message. */
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

/** A failure with words for people. `message` is a sentence without its full stop. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  constructor(message: string, { exitCode = exitCodes.failed, hint, details = [], cause }: CliErrorOptions = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
    this.hint = hint;
    this.details = details;
  }
}

export function usageError(message: string, hint?: string): CliError {
  return new CliError(message, { exitCode: exitCodes.usage, ...(hint === undefined ? {} : { hint }) });
}

/** The answer of a Kubernetes API server to a request that it did not carry out. */
export interface Status {
  readonly kind: 'Status';
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly causes?: readonly StatusCause[];
  };
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;
  readonly code: number;
  constructor(status: Status, httpStatus: number) {
    super(status.message ?? `the server answered ${httpStatus}`);
    this.status = status;
    this.code = status.code ?? httpStatus;
  }
}

export type UnreachableReason = 'refused' | 'dns' | 'timeout' | 'tls' | 'connection';

/** No answer at all. */
export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
  readonly url: string;
  readonly reason: UnreachableReason;
  constructor(url: string, reason: UnreachableReason, message: string, cause?: unknown) {
    super(message, { cause });
    this.url = url;
    this.reason = reason;
  }
}

export interface Failure {
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];
}

/** What is printed for an error that reached the top. Servers' errors that nobody translated come from the control plane. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) {
    return { exitCode: error.exitCode, lines: [sentence(error.message, error.hint), ...error.details.map(indented)] };
  }
  if (error instanceof StatusError) return statusFailure(error);
  if (error instanceof ServerUnreachable) return unreachableFailure(error);
  return { exitCode: exitCodes.failed, lines: [error instanceof Error ? error.message : String(error)] };
}

function unreachableFailure(error: ServerUnreachable): Failure {
  const hint =
    error.reason === 'tls'
      ? 'The kubeconfig may be of another installation: check --config'
      : 'Is it running? Start it with: npm start';
  return {
    exitCode: exitCodes.unreachable,
    lines: [sentence(`the control plane at ${error.url} is not reachable (${error.message})`, hint)],
  };
}

const hintsByReason: Readonly<Record<string, string>> = {
  Unauthorized: 'The kubeconfig may be of another installation: check --config',
  Forbidden: 'The user of this kubeconfig lacks the right to do so',
  Conflict: 'Somebody else changed it: look at it with "flotilla get … -o yaml" and try again',
  AlreadyExists: 'Choose another name, or change the one that is there with: flotilla apply -f FILE',
  TooManyRequests: 'The control plane is busy: try again in a moment',
};

function statusFailure(error: StatusError): Failure {
  const causes = error.status.details?.causes ?? [];
  const summary = causes.length === 0 ? error.message : withoutCauses(error.message);
  const isNotFound = error.code === 404;
  return {
    exitCode: isNotFound ? exitCodes.notFound : exitCodes.failed,
    lines: [sentence(summary, hintsByReason[error.status.reason ?? '']), ...causeLines(error.status)],
  };
}

/** `Deployment.apps "web" is invalid: spec.replicas: …` → up to the causes, which are shown line by line. */
function withoutCauses(message: string): string {
  const end = /" is invalid: /.exec(message);
  return end === null ? message : message.slice(0, end.index + '" is invalid'.length);
}

/** One line a field. */
export function causeLines(status: Status): readonly string[] {
  return (status.details?.causes ?? []).map(({ field, message }) =>
    indented([field, message].filter((part) => part !== undefined && part !== '').join(': ')),
  );
}

function sentence(message: string, hint: string | undefined): string {
  if (hint === undefined) return message;
  return message.endsWith('?') ? `${message} ${hint}` : `${message.replace(/[.:]$/, '')}. ${hint}`;
}

function indented(line: string): string {
  return `  ${line}`;
}
