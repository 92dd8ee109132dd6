/**
 * The one error that crosses a boundary. The code is from a closed list and says what a caller can do about it; the reason is a stable CamelCase name that says
 * what happened. Expected outcomes are return values instead.
 */
export const errorCodes = [
  'malformed',
  'invalid',
  'unauthenticated',
  'forbidden',
  'not-found',
  'already-exists',
  'conflict',
  'failed-precondition',
  'expired',
  'exhausted',
  'unimplemented',
  'timeout',
  'unavailable',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface FieldViolation {
  /** Path of the field. */
  readonly field: string;
  /** What is wrong, and what is allowed. */
  readonly description: string;
}

export interface ErrorDetails {
  /** What is wrong with which field; with code `invalid`. */
  readonly violations?: readonly FieldViolation[];
  /** Not worth trying again before; with code `exhausted`. */
  readonly retryAfterMs?: number;
  /** Facts for programs. */
  readonly facts?: Readonly<Record<string, string>>;
}

export interface DomainErrorOptions {
  readonly details?: ErrorDetails | undefined;
  /** Default: what the code usually means. */
  readonly isRetryable?: boolean | undefined;
  /** For the log; never sent to a caller. */
  readonly cause?: unknown;
}

const retryableCodes: ReadonlySet<ErrorCode> = new Set(['timeout', 'unavailable', 'exhausted']);

/** Whether the same request may succeed later, unless an error says otherwise. */
export function isUsuallyRetryable(code: ErrorCode): boolean {
  return retryableCodes.has(code);
}

export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly details: ErrorDetails;
  /** True: the same request may succeed later. */
  readonly isRetryable: boolean;

  constructor(code: ErrorCode, reason: string, message: string, options: DomainErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.reason = reason;
    this.details = options.details ?? {};
    this.isRetryable = options.isRetryable ?? isUsuallyRetryable(code);
  }
}
