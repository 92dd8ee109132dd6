import type { ObjectChange, StoredObject } from '@flotilla/store/object-store';
import { badRequest, notAcceptable, tooManyRequests, unclassified } from '../errors/api-errors.ts';
import type { Report } from '../api-report.ts';
import { isTrue, type ResourceRequest } from '../request/resource-request.ts';
import { isSelected, narrowToName, parseSelection, type Selection } from '../selectors/selection.ts';
import { parseIncludeObject } from '../table/table.ts';
import type { ListHandlerDeps } from './list.ts';
import { checkVersionMatch, parseResourceVersion, waitForRevision, waitUntilCurrent } from './resource-version.ts';
import { createWatchEncoder, tooOld, type SharedEvents, type WatchEncoder } from './watch-encoder.ts';
import { selectEvent, type WatchEvent } from './watch-event.ts';
import { Watcher } from './watcher.ts';

export interface WatchDeps extends ListHandlerDeps {
  readonly shared: SharedEvents;
  readonly report: Report;
  /** All open watches: closed on shutdown, bookmarked by one timer. */
  readonly watchers: Set<Watcher>;
}

export async function handleWatch(deps: WatchDeps, request: ResourceRequest): Promise<void> {
  const { parameters, kind, exchange, negotiated } = request;
  if (deps.watchers.size >= deps.limits.watchesMax) throw tooManyRequests(deps.limits.retryAfterSeconds);
  if (negotiated.format === 'yaml') throw notAcceptable(['application/json;stream=watch']);
  const selection = watchSelection(request);
  checkVersionMatch(parameters, true);
  const includeObject = parseIncludeObject(parameters?.get('includeObject'));
  if (includeObject === undefined) throw badRequest('unrecognized includeObject value');
  const given = parseResourceVersion(parameters, unclassified);
  const revision = given ?? 0;
  const sendInitial = parameters?.get('sendInitialEvents');
  const sendsInitial =
    sendInitial === null || sendInitial === undefined ? revision === 0 : isTrue(parameters, 'sendInitialEvents');
  if (sendsInitial && revision > 0) await waitForRevision(deps.store, revision, deps.limits.freshnessTimeoutMs);
  if (given === undefined) await waitUntilCurrent(deps);
  if (exchange.isClosed) return;
  const stream = exchange.stream(200, {
    'cache-control': 'no-cache, private',
    'content-type': 'application/json',
  });
  const sendsBookmarks = isTrue(parameters, 'allowWatchBookmarks') && parameters?.has('allowWatchBookmarks') === true;
  const encoder = createWatchEncoder(deps, kind, negotiated, includeObject);
  open(deps, request, {
    selection,
    encoder,
    stream,
    sendsBookmarks,
    sendsInitial,
    revision,
    sendInitial: sendInitial === 'true',
  });
}

interface OpenOptions {
  readonly selection: Selection;
  readonly encoder: WatchEncoder;
  readonly stream: ReturnType<ResourceRequest['exchange']['stream']>;
  readonly sendsBookmarks: boolean;
  readonly sendsInitial: boolean;
  readonly revision: number;
  /** The streaming list form: its end is marked with a bookmark. */
  readonly sendInitial: boolean;
}

function open(deps: WatchDeps, request: ResourceRequest, options: OpenOptions): void {
  const { selection, encoder, stream, sendsBookmarks, sendsInitial, revision } = options;
  const { namespace } = request.route;
  let unsubscribe: () => void = () => undefined;
  const timeout = setTimeout(
    () => {
      // The client comes again from here, not from its last event.
      watcher.bookmark(deps.source.revision);
      watcher.end();
    },
    timeoutMs(deps, request.parameters),
  );
  const watcher: Watcher = new Watcher({
    encoder,
    stream,
    bufferEvents: deps.limits.watchBufferEvents,
    sendsBookmarks,
    onTooSlow: () =>
      deps.report({ kind: 'watch-too-slow', resource: request.resource.resource, user: request.user.name }),
    onEnd: () => {
      clearTimeout(timeout);
      unsubscribe();
      deps.watchers.delete(watcher);
    },
  });
  deps.watchers.add(watcher);
  request.exchange.onClose(() => watcher.end());

  const start = sendsInitial ? deps.source.revision : revision > 0 ? revision : deps.source.revision;
  if (sendsInitial) {
    const current = deps.source.list(request.resource, namespace === '' ? undefined : namespace);
    watcher.start(initialEvents(current, selection), start, sendsBookmarks && options.sendInitial);
  }
  const subscription = deps.source.subscribe(request.resource, {
    from: Math.min(start, deps.source.revision),
    onChanges: (changes, through) =>
      watcher.push(eventsOf(changes, selection, namespace, start), Math.max(through, start)),
  });
  if (subscription.kind === 'expired') {
    watcher.end(tooOld(revision, subscription.oldest));
    return;
  }
  unsubscribe = () => subscription.unsubscribe();
  if (watcher.isEnded) unsubscribe();
  else if (!sendsInitial) watcher.push([], Math.max(start, deps.source.revision));
}

function initialEvents(current: readonly StoredObject[], selection: Selection): WatchEvent[] {
  const events: WatchEvent[] = [];
  for (const stored of current) if (isSelected(selection, stored)) events.push({ type: 'ADDED', stored });
  return events;
}

function eventsOf(
  changes: readonly ObjectChange[],
  selection: Selection,
  namespace: string,
  after: number,
): readonly WatchEvent[] {
  const events: WatchEvent[] = [];
  for (const change of changes) {
    if (namespace !== '' && change.object.namespace !== namespace) continue;
    // A watch from a revision that isn't reached yet starts there.
    if (change.object.revision <= after) continue;
    const event = selectEvent(change, selection);
    if (event !== undefined) events.push(event);
  }
  return events;
}

function watchSelection(request: ResourceRequest): Selection {
  const selection = parseSelection(request.parameters, request.kind);
  // A name in the path is the deprecated watch of one object.
  return request.route.name === '' ? selection : narrowToName(selection, request.route.name);
}

function timeoutMs(deps: WatchDeps, parameters: URLSearchParams | undefined): number {
  const given = Number(parameters?.get('timeoutSeconds') ?? '0');
  if (Number.isFinite(given) && given > 0) return Math.min(given * 1000, 2 ** 31 - 1);
  // Spread, so that watches opened together don't end together.
  const spread = (deps.watchers.size * 7919) % 1000;
  return deps.limits.watchTimeoutMs * (1 + spread / 1000);
}
