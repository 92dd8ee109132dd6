import type { FieldError } from '@flotilla/kinds/kind-definition';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import { ApiError, failure, type StatusCause, type StatusDetails } from './status.ts';

/** Constructors of the errors that handlers answer, worded as kube-apiserver words them: clients and people match on the text. */

/** `deployments.apps`; core resources have no suffix. */
export function qualifiedResource(resource: ResourceId): string {
  return resource.group === '' ? resource.resource : `${resource.resource}.${resource.group}`;
}

function detailsOf(resource: ResourceId, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.resource,
  };
}

export function notFound(resource: ResourceId, name: string): ApiError {
  return new ApiError(
    failure(404, 'NotFound', `${qualifiedResource(resource)} "${name}" not found`, detailsOf(resource, name)),
  );
}

/** Nothing is served at this path. */
export function pathNotFound(): ApiError {
  return new ApiError(failure(404, 'NotFound', 'the server could not find the requested resource', {}));
}

export function alreadyExists(resource: ResourceId, name: string, isBeingDeleted = false): ApiError {
  const text = `${qualifiedResource(resource)} "${name}" already exists`;
  const message = isBeingDeleted ? `object is being deleted: ${text}` : text;
  return new ApiError(failure(409, 'AlreadyExists', message, detailsOf(resource, name)));
}

export const modifiedMessage =
  'the object has been modified; please apply your changes to the latest version and try again';

export function conflict(resource: ResourceId, name: string, why: string = modifiedMessage): ApiError {
  return new ApiError(
    failure(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${qualifiedResource(resource)} "${name}": ${why}`,
      detailsOf(resource, name),
    ),
  );
}

/** Server-side apply: other managers own fields that this request sets. */
export function applyConflict(message: string, causes: readonly StatusCause[]): ApiError {
  return new ApiError(failure(409, 'Conflict', message, { causes }));
}

/** An error that kube-apiserver doesn't classify: 500 without a reason, though the request is at fault. */
export function unclassified(message: string): ApiError {
  return new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 });
}

export function badRequest(message: string): ApiError {
  return new ApiError(failure(400, 'BadRequest', message));
}

export function forbidden(resource: ResourceId, name: string, why: string, causes?: readonly StatusCause[]): ApiError {
  const subject = name === '' ? qualifiedResource(resource) : `${qualifiedResource(resource)} "${name}"`;
  const details = detailsOf(resource, name);
  return new ApiError(
    failure(
      403,
      'Forbidden',
      `${subject} is forbidden: ${why}`,
      causes === undefined ? details : { ...details, causes },
    ),
  );
}

export function unauthorized(): ApiError {
  return new ApiError(failure(401, 'Unauthorized', 'Unauthorized'));
}

/** 422 with one cause per field, as kube-apiserver aggregates them. */
export function invalid(group: string, kind: string, name: string, errors: readonly FieldError[]): ApiError {
  const qualified = group === '' ? kind : `${kind}.${group}`;
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const text = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  return new ApiError(
    failure(422, 'Invalid', `${qualified} "${name}" is invalid: ${text}`, {
      ...(name === '' ? {} : { name }),
      ...(group === '' ? {} : { group }),
      kind,
      causes: errors.map((error) => ({ reason: error.reason, message: error.message, field: error.field })),
    }),
  );
}

/** `verb` is the request's HTTP method; kube-apiserver answers this for resources it serves without that verb. */
export function methodNotAllowed(): ApiError {
  return new ApiError(
    failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
  );
}

export function notAcceptable(supported: readonly string[]): ApiError {
  return new ApiError(
    failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${supported.join(', ')}`, {}),
  );
}

export function unsupportedMediaType(supported: readonly string[]): ApiError {
  const text = 'the body of the request was in an unknown format - accepted media types include: ';
  return new ApiError(failure(415, 'UnsupportedMediaType', `${text}${supported.join(', ')}`));
}

export function requestTooLarge(message: string): ApiError {
  return new ApiError(failure(413, 'RequestEntityTooLarge', message));
}

export function expired(message: string, continueToken?: string): ApiError {
  return new ApiError(
    failure(410, 'Expired', message, undefined, continueToken === undefined ? {} : { continue: continueToken }),
  );
}

export function resourceVersionTooLarge(wanted: number, current: number): ApiError {
  return new ApiError(
    failure(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    }),
  );
}

export function tooManyRequests(retryAfterSeconds: number): ApiError {
  return new ApiError(
    failure(429, 'TooManyRequests', 'the server has received too many requests and has asked us to try again later', {
      retryAfterSeconds,
    }),
  );
}

export function serviceUnavailable(message: string, retryAfterSeconds?: number): ApiError {
  return new ApiError(
    failure(503, 'ServiceUnavailable', message, retryAfterSeconds === undefined ? undefined : { retryAfterSeconds }),
  );
}

/** The disk under the log is full. */
export function insufficientStorage(message: string): ApiError {
  return new ApiError(failure(507, 'InsufficientStorage', message));
}

export function timeout(message: string, retryAfterSeconds = 1): ApiError {
  return new ApiError(failure(504, 'Timeout', message, { retryAfterSeconds }));
}

/** The cause stays in the log of the server: callers learn only that it was ours. */
export function internalError(message: string, cause?: unknown): ApiError {
  return new ApiError(
    failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }),
    cause === undefined ? undefined : { cause },
  );
}
