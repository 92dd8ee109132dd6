import { LogUnavailable } from '@flotilla/log/event-log';
import { ApiError, type Status } from './status.ts';
import { insufficientStorage, internalError, serviceUnavailable, timeout } from './api-errors.ts';

export interface ErrorStatus {
  readonly status: Status;
  /** Our fault: worth a line in the log. */
  readonly isInternal: boolean;
}

/** The one place where what was thrown becomes an answer. Nothing of an unknown error reaches the caller but that there was one. */
export function errorStatus(error: unknown): ErrorStatus {
  if (error instanceof ApiError) return { status: error.status, isInternal: error.status.reason === 'InternalError' };
  if (error instanceof LogUnavailable) return { status: unavailable(error), isInternal: true };
  return {
    status: internalError('the request could not be completed; the server log has the cause').status,
    isInternal: true,
  };
}

function unavailable(error: LogUnavailable): Status {
  switch (error.reason) {
    case 'DiskFull':
      return insufficientStorage(`disk is full: nothing was stored, free some space and try again: ${error.message}`)
        .status;
    case 'Closed':
      return serviceUnavailable('the server is shutting down: try again', 1).status;
    case 'Io':
      return serviceUnavailable(`the log cannot be written, nothing was stored: ${error.message}`, 5).status;
    case 'Unreachable':
      return serviceUnavailable(`the log cannot be reached, nothing was stored: ${error.message}`, 1).status;
    case 'Undetermined':
      return timeout(
        'the log did not answer in time: the write may or may not have been stored, read before you repeat it',
      ).status;
  }
}
