import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { DomainError, errorCodes, type ErrorCode, type ErrorDetails } from './domain-error.ts';
import { errorFromStatus, statusFromError } from './error-status.ts';

/** As the client's library makes it of what came over the wire. */
function received(error: unknown): ServiceError {
  return Object.assign(new Error('received'), statusFromError(error));
}

function foreign(code: status, details = 'text'): ServiceError {
  return Object.assign(new Error('received'), { code, details, metadata: new Metadata() });
}

const grpcCodes: readonly (readonly [ErrorCode, status])[] = [
  ['malformed', status.INVALID_ARGUMENT],
  ['invalid', status.INVALID_ARGUMENT],
  ['unauthenticated', status.UNAUTHENTICATED],
  ['forbidden', status.PERMISSION_DENIED],
  ['not-found', status.NOT_FOUND],
  ['already-exists', status.ALREADY_EXISTS],
  ['conflict', status.ABORTED],
  ['failed-precondition', status.FAILED_PRECONDITION],
  ['expired', status.OUT_OF_RANGE],
  ['exhausted', status.RESOURCE_EXHAUSTED],
  ['unimplemented', status.UNIMPLEMENTED],
  ['timeout', status.DEADLINE_EXCEEDED],
  ['unavailable', status.UNAVAILABLE],
  ['internal', status.INTERNAL],
];

describe('errors over gRPC', () => {
  it('have a status for every code', () => {
    expect(grpcCodes.map(([code]) => code)).toEqual(errorCodes);
  });

  it.each(grpcCodes)('%s travels as status %i and comes back as itself', (code, grpcCode) => {
    const sent = new DomainError(code, 'SomeReason', 'what happened');
    expect(statusFromError(sent).code).toBe(grpcCode);
    const back = errorFromStatus(received(sent));
    const isHidden = code === 'internal';
    expect([back.code, back.reason, back.message, back.isRetryable]).toEqual([
      code,
      isHidden ? 'InternalError' : 'SomeReason',
      isHidden ? 'internal error' : 'what happened',
      sent.isRetryable,
    ]);
  });

  const details: readonly (readonly [string, ErrorDetails])[] = [
    ['fields', { violations: [{ field: 'spec.replicas', description: 'is -1; must be 0 or more' }] }],
    ['no field', { violations: [] }],
    ['a delay below a second', { retryAfterMs: 250 }],
    ['a delay of seconds', { retryAfterMs: 90_500 }],
    ['facts', { facts: { cluster: 'größer', revision: '7' } }],
    ['everything', { violations: [{ field: 'a', description: 'b' }], retryAfterMs: 1, facts: { code: 'x' } }],
  ];
  it.each(details)('keep %s', (_, sent) => {
    const back = errorFromStatus(received(new DomainError('invalid', 'R', 'm', { details: sent })));
    expect(back.details).toEqual(sent);
  });

  it.each([true, false])('keep that an error says isRetryable %s against its code', (isRetryable) => {
    const sent = new DomainError(isRetryable ? 'conflict' : 'unavailable', 'R', 'm', { isRetryable });
    expect(errorFromStatus(received(sent)).isRetryable).toBe(isRetryable);
  });

  it.each([
    ['an unknown error', new Error('password is hunter2')],
    ['something that is no error', 'hunter2'],
    [
      'an internal error with facts',
      new DomainError('internal', 'Hunter2', 'hunter2', { details: { facts: { a: 'hunter2' } } }),
    ],
  ])('tell the caller nothing of %s', (_, error) => {
    const { code, details: text, metadata } = statusFromError(error);
    expect([code, text]).toEqual([status.INTERNAL, 'internal error']);
    expect(String(metadata.get('grpc-status-details-bin')[0])).not.toMatch(/hunter2/i);
  });
});

describe('statuses of servers that are not ours', () => {
  it.each([
    [status.CANCELLED, 'unavailable', false],
    [status.UNKNOWN, 'internal', false],
    [status.DATA_LOSS, 'internal', false],
    [status.INVALID_ARGUMENT, 'malformed', false],
    [status.ABORTED, 'conflict', false],
    [status.OUT_OF_RANGE, 'expired', false],
    [status.UNAVAILABLE, 'unavailable', true],
    [status.DEADLINE_EXCEEDED, 'timeout', true],
    [status.RESOURCE_EXHAUSTED, 'exhausted', true],
  ] as const)('%i reads as %s', (code, expected, isRetryable) => {
    const error = errorFromStatus(foreign(code));
    expect([error.code, error.isRetryable, error.message]).toEqual([expected, isRetryable, 'text']);
  });

  it('with garbage in the trailer keep their status', () => {
    const error = foreign(status.NOT_FOUND);
    error.metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 0xff]));
    expect(errorFromStatus(error).code).toBe('not-found');
  });

  it('are not believed when their code contradicts the status', () => {
    const error = received(new DomainError('not-found', 'R', 'm'));
    error.code = status.PERMISSION_DENIED;
    expect(errorFromStatus(error).code).toBe('forbidden');
  });
});

describe('what is no status', () => {
  it('is internal, with its cause', () => {
    const cause = new TypeError('x');
    expect(errorFromStatus(cause)).toMatchObject({ code: 'internal', cause });
  });

  it('stays what it is when it is a DomainError', () => {
    const error = new DomainError('expired', 'R', 'm');
    expect(errorFromStatus(error)).toBe(error);
  });
});
