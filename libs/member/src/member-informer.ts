import { MemberGone, MemberUnreachable } from './member-client.ts';
import type { MemberClient } from './member-client.ts';
import { parseEvent, readEventIdentity } from './watch-lines.ts';
import type { RawWatchEvent } from './watch-lines.ts';

/**
 * Keeps a consumer informed about one resource of one member: list, then watch, then list again when the member forgot the revision.
 * Level-triggered: the consumer gets states, never history; events of one object may be skipped when a newer one is there already.
 */
export interface MemberInformerDeps {
  readonly client: MemberClient;
  /** An object as listed. */
  readonly onListed: (object: Readonly<Record<string, unknown>>) => void;
  /** A raw event; several for one object may be folded by the consumer into the newest. */
  readonly onEvent: (event: RawWatchEvent) => void;
  /** A list is complete: what the consumer knows and was not listed since the last `onListStarted` is gone. */
  readonly onListStarted: () => void;
  readonly onListCompleted: () => void;
  readonly onFailure: (error: MemberUnreachable) => void;
  readonly random: () => number;
}

export interface MemberInformerOptions {
  /** `/apis/apps/v1/deployments`, without query. */
  readonly path: string;
  readonly labelSelector?: string;
}

const pageSize = 500;
/** A watch that ended well but lived shorter counts as a failure. */
const watchLifeMinMs = 1_000;
const retryDelayMinMs = 500;
const retryDelayMaxMs = 30_000;

/** Runs until `signal` aborts. */
export async function runMemberInformer(
  deps: MemberInformerDeps,
  options: MemberInformerOptions,
  signal: AbortSignal,
): Promise<void> {
  const selector =
    options.labelSelector === undefined ? '' : `&labelSelector=${encodeURIComponent(options.labelSelector)}`;
  let revision: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    let watchedSinceMs = Number.POSITIVE_INFINITY;
    try {
      revision ??= await listAll(deps, options.path, selector, signal);
      watchedSinceMs = performance.now();
      for await (const line of deps.client.watch(
        `${options.path}?watch=true&allowWatchBookmarks=true&resourceVersion=${revision}${selector}`,
        signal,
      )) {
        failures = 0;
        revision = takeEvent(deps, line) ?? revision;
      }
      failures = failuresAfterWatch(failures, watchedSinceMs);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof MemberGone) {
        revision = undefined;
        failures = failuresAfterWatch(failures, watchedSinceMs);
      } else if (error instanceof MemberUnreachable) {
        failures++;
        deps.onFailure(error);
      } else throw error;
    }
    if (failures > 0) await delay(backoffMs(failures, deps.random), signal);
  }
}

/** Watches end now and then, also when nothing happened for long; a server that ends them at once, for whatever reason, must not be asked in a tight loop. */
function failuresAfterWatch(failures: number, watchedSinceMs: number): number {
  return performance.now() - watchedSinceMs < watchLifeMinMs ? failures + 1 : 0;
}

/** Hands the event on and returns the revision to resume from. Throws MemberGone for the server's 410. */
function takeEvent(deps: MemberInformerDeps, line: Buffer): string | undefined {
  const event = readEventIdentity(line);
  if (event === undefined) return undefined;
  if (event.type === 'ERROR') throw new MemberGone('the member ended the watch');
  if (event.type !== 'BOOKMARK') deps.onEvent(event);
  return readRevision(line, event.type === 'BOOKMARK');
}

const revisionPattern = /"resourceVersion":"(\d+)"/;

/** The object's revision stands in its metadata, near the start; where it does not, the line is parsed. */
function readRevision(line: Buffer, isBookmark: boolean): string | undefined {
  const head = line.toString('latin1', 0, Math.min(isBookmark ? line.length : 1024, line.length));
  const quick = revisionPattern.exec(head)?.[1];
  if (quick !== undefined) return quick;
  const metadata = parseEvent(line)?.object['metadata'] as { resourceVersion?: unknown } | undefined;
  return typeof metadata?.resourceVersion === 'string' ? metadata.resourceVersion : undefined;
}

interface ListPage {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly Readonly<Record<string, unknown>>[];
}

async function listAll(deps: MemberInformerDeps, path: string, selector: string, signal: AbortSignal): Promise<string> {
  deps.onListStarted();
  let token = '';
  for (;;) {
    const next = token === '' ? '' : `&continue=${encodeURIComponent(token)}`;
    const response = await deps.client.request({
      method: 'GET',
      path: `${path}?limit=${pageSize}${selector}${next}`,
      signal,
    });
    if (response.status === 410) throw new MemberGone('the list expired');
    if (response.status !== 200) {
      throw new MemberUnreachable(
        deps.client.cluster,
        'Connection',
        `list ${path} answered ${response.status}: ${response.body.slice(0, 200)}`,
      );
    }
    const page = parsePage(deps.client.cluster, path, response.body);
    for (const item of page.items ?? []) deps.onListed(item);
    token = page.metadata?.continue ?? '';
    if (token === '') {
      deps.onListCompleted();
      return page.metadata?.resourceVersion ?? '0';
    }
  }
}

function parsePage(cluster: string, path: string, body: string): ListPage {
  try {
    return JSON.parse(body) as ListPage;
  } catch (cause) {
    throw new MemberUnreachable(cluster, 'Connection', `list ${path} did not answer with JSON`, { cause });
  }
}

/** Exponential with full jitter, bounded. */
export function backoffMs(failures: number, random: () => number): number {
  const ceiling = Math.min(retryDelayMaxMs, retryDelayMinMs * 2 ** Math.min(failures - 1, 10));
  return ceiling * (0.5 + random() / 2);
}

/** Resolves after `ms`, or at once when the signal aborts. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
