/**
 * Errors as gRPC status and back. Beside code and message, the richer error model travels along: google.rpc.ErrorInfo with our own code and reason, BadRequest with the
 * fields, RetryInfo with the delay. What comes from a server that isn't ours is read as well as its status allows.
 */
import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { DomainError, errorCodes, isUsuallyRetryable, type ErrorCode, type ErrorDetails } from './domain-error.ts';
import type { Any } from './generated/google/protobuf/any.ts';
import { BadRequest, ErrorInfo, RetryInfo } from './generated/google/rpc/error_details.ts';
import { Status } from './generated/google/rpc/status.ts';

const errorDomain = 'flotilla.io';
const detailsKey = 'grpc-status-details-bin';
const codeKey = 'flotilla.io/code';
const retryableKey = 'flotilla.io/retryable';

const statusOf: Readonly<Record<ErrorCode, status>> = {
  malformed: status.INVALID_ARGUMENT,
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  'not-found': status.NOT_FOUND,
  'already-exists': status.ALREADY_EXISTS,
  conflict: status.ABORTED,
  'failed-precondition': status.FAILED_PRECONDITION,
  expired: status.OUT_OF_RANGE,
  exhausted: status.RESOURCE_EXHAUSTED,
  unimplemented: status.UNIMPLEMENTED,
  timeout: status.DEADLINE_EXCEEDED,
  unavailable: status.UNAVAILABLE,
  internal: status.INTERNAL,
};

/** Code and reason for a status that carries none of ours. Statuses that aren't listed are `internal`. */
const foreignCodes: ReadonlyMap<status, readonly [ErrorCode, string]> = new Map([
  [status.CANCELLED, ['unavailable', 'Cancelled']],
  [status.INVALID_ARGUMENT, ['malformed', 'InvalidArgument']],
  [status.UNAUTHENTICATED, ['unauthenticated', 'Unauthenticated']],
  [status.PERMISSION_DENIED, ['forbidden', 'PermissionDenied']],
  [status.NOT_FOUND, ['not-found', 'NotFound']],
  [status.ALREADY_EXISTS, ['already-exists', 'AlreadyExists']],
  [status.ABORTED, ['conflict', 'Aborted']],
  [status.FAILED_PRECONDITION, ['failed-precondition', 'FailedPrecondition']],
  [status.OUT_OF_RANGE, ['expired', 'OutOfRange']],
  [status.RESOURCE_EXHAUSTED, ['exhausted', 'ResourceExhausted']],
  [status.UNIMPLEMENTED, ['unimplemented', 'Unimplemented']],
  [status.DEADLINE_EXCEEDED, ['timeout', 'DeadlineExceeded']],
  [status.UNAVAILABLE, ['unavailable', 'Unavailable']],
] as const);

/** What a caller gets. Of what isn't a DomainError, and of `internal` ones, nothing leaks: the cause belongs into the log. */
export function statusFromError(error: unknown): StatusObject {
  const known =
    error instanceof DomainError && error.code !== 'internal'
      ? error
      : new DomainError('internal', 'InternalError', 'internal error');
  const code = statusOf[known.code];
  const metadata = new Metadata();
  const details = detailsOf(known);
  const value = Status.encode({ code, message: known.message, details }).finish();
  metadata.set(detailsKey, Buffer.from(value));
  return { code, details: known.message, metadata };
}

function detailsOf({ code, reason, details, isRetryable }: DomainError): readonly Any[] {
  const { violations, retryAfterMs, facts } = details;
  const flags = isRetryable === isUsuallyRetryable(code) ? {} : { [retryableKey]: String(isRetryable) };
  const info = { reason, domain: errorDomain, metadata: { ...facts, [codeKey]: code, ...flags } };
  const packed = [packedAs('google.rpc.ErrorInfo', ErrorInfo.encode(info).finish())];
  if (violations !== undefined) {
    packed.push(packedAs('google.rpc.BadRequest', BadRequest.encode({ fieldViolations: violations }).finish()));
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: BigInt(Math.trunc(retryAfterMs / 1_000)), nanos: (retryAfterMs % 1_000) * 1_000_000 };
    packed.push(packedAs('google.rpc.RetryInfo', RetryInfo.encode({ retryDelay }).finish()));
  }
  return packed;
}

function packedAs(type: string, value: Uint8Array): Any {
  return { typeUrl: `type.googleapis.com/${type}`, value: Buffer.from(value) };
}

/** What a client learns from a failed call. Errors that aren't from gRPC are passed on as `internal` with their cause. */
export function errorFromStatus(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (!isServiceError(error)) {
    return new DomainError('internal', 'InternalError', 'the call failed in this process', { cause: error });
  }
  const found = unpack(error.metadata);
  const [foreignCode, foreignReason] = foreignCodes.get(error.code) ?? (['internal', 'InternalError'] as const);
  const { [codeKey]: sentCode, [retryableKey]: sentRetryable, ...facts } = found.info?.metadata ?? {};
  const ownCode = errorCodes.find((code) => code === sentCode && statusOf[code] === error.code);
  const code = ownCode ?? (found.violations !== undefined && foreignCode === 'malformed' ? 'invalid' : foreignCode);
  const details: ErrorDetails = {
    ...(found.violations === undefined ? {} : { violations: found.violations }),
    ...(found.retryAfterMs === undefined ? {} : { retryAfterMs: found.retryAfterMs }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  };
  const isRetryable =
    sentRetryable === undefined
      ? isUsuallyRetryable(code) && error.code !== status.CANCELLED
      : sentRetryable === 'true';
  return new DomainError(code, found.info?.reason ?? foreignReason, error.details, {
    details,
    isRetryable,
    cause: error,
  });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'metadata' in error;
}

interface FoundDetails {
  info?: ErrorInfo;
  violations?: ErrorDetails['violations'];
  retryAfterMs?: number;
}

/** Trailers come from outside: what can't be read is left out, the status itself stands. */
function unpack(metadata: Metadata): FoundDetails {
  const [bytes] = metadata.get(detailsKey);
  if (!(bytes instanceof Buffer)) return {};
  try {
    return readDetails(Status.decode(bytes));
  } catch {
    return {};
  }
}

function readDetails({ details }: Status): FoundDetails {
  const found: FoundDetails = {};
  for (const { typeUrl, value } of details) {
    switch (typeUrl.slice(typeUrl.lastIndexOf('/') + 1)) {
      case 'google.rpc.ErrorInfo':
        found.info = ErrorInfo.decode(value);
        break;
      case 'google.rpc.BadRequest':
        found.violations = BadRequest.decode(value).fieldViolations;
        break;
      case 'google.rpc.RetryInfo': {
        const { seconds = 0n, nanos = 0 } = RetryInfo.decode(value).retryDelay ?? {};
        found.retryAfterMs = Number(seconds) * 1_000 + Math.round(nanos / 1_000_000);
        break;
      }
    }
  }
  return found;
}
