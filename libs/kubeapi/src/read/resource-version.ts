import type { FieldError } from '@flotilla/kinds/kind-definition';
import type { ObjectStore } from '@flotilla/store/object-store';
import { badRequest, invalid, resourceVersionTooLarge, timeout } from '../errors/api-errors.ts';

export type VersionMatch = 'Exact' | 'NotOlderThan' | undefined;

/** undefined = not given. Throws what `problem` makes for anything that isn't a revision of ours. */
export function parseResourceVersion(
  parameters: URLSearchParams | undefined,
  problem: (message: string) => Error = badRequest,
): number | undefined {
  const text = parameters?.get('resourceVersion') ?? '';
  if (text === '') return undefined;
  const revision = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(revision)) {
    const quoted = JSON.stringify(text);
    throw problem(`resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`);
  }
  return revision;
}

/** Checks the combinations that ListOptions allows. Throws 422. */
export function checkVersionMatch(parameters: URLSearchParams | undefined, isWatch: boolean): VersionMatch {
  if (parameters === undefined) return undefined;
  const match = parameters.get('resourceVersionMatch') ?? '';
  const version = parameters.get('resourceVersion') ?? '';
  const errors: FieldError[] = [];
  const forbid = (field: string, why: string) =>
    errors.push({ field, reason: 'FieldValueForbidden', message: `Forbidden: ${why}` });
  const sendsInitialEvents = parameters.get('sendInitialEvents') !== null;
  if (isWatch) {
    if (sendsInitialEvents && match !== 'NotOlderThan') {
      forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
    } else if (!sendsInitialEvents && match !== '') {
      forbid(
        'resourceVersionMatch',
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
      );
    }
  } else {
    if (sendsInitialEvents) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list');
    if (match !== '') {
      if (version === '')
        forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided');
      if ((parameters.get('continue') ?? '') !== '') {
        forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided');
      }
      if (match !== 'Exact' && match !== 'NotOlderThan') {
        errors.push({
          field: 'resourceVersionMatch',
          reason: 'FieldValueNotSupported',
          message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
        });
      } else if (match === 'Exact' && version === '0') {
        forbid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
      }
    }
  }
  if (errors.length > 0) throw invalid('meta.k8s.io', 'ListOptions', '', errors);
  return match === 'Exact' || match === 'NotOlderThan' ? match : undefined;
}

/** Resolves once the cache has the revision; throws 504 when it doesn't get there in time. */
export async function waitForRevision(store: ObjectStore, revision: number, timeoutMs: number): Promise<void> {
  if (store.revision >= revision) return;
  try {
    await store.waitFor(revision, AbortSignal.timeout(timeoutMs));
  } catch (error) {
    if (store.revision >= revision) return;
    if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
      throw resourceVersionTooLarge(revision, store.revision);
    }
    throw error;
  }
}

/** Waits, where the store may be behind the log, until it has all that was there when the request came. Throws 504 when it doesn't get there in time. */
export async function waitUntilCurrent(deps: {
  readonly store: ObjectStore;
  readonly untilCurrent?: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly limits: { readonly freshnessTimeoutMs: number };
}): Promise<void> {
  if (deps.untilCurrent === undefined) return;
  const deadline = AbortSignal.timeout(deps.limits.freshnessTimeoutMs);
  try {
    await deps.untilCurrent(deadline);
  } catch (error) {
    if (deadline.aborted)
      throw timeout('the newest state could not be read in time: try again, or read with resourceVersion=0');
    throw error;
  }
}
