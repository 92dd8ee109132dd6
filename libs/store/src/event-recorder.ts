/**
 * Kubernetes Events about what a service decided or could not do. Equal events are counted, not repeated; they are written in small batches behind the work, never in its way; old ones and those beyond a number are
 * removed. What comes faster than it can be written is dropped and counted: events are hints, conditions are the truth.
 */
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectStore, ObjectWrite } from './object-store.ts';

export interface EventRecorder {
  /** Returns at once; the event is stored within seconds, or counted as dropped. */
  record(event: RecordedEvent): void;
  stop(): void;
  readonly droppedTotal: number;
}

export interface RecordedEvent {
  readonly about: KubeObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorderDeps {
  /** Who speaks: `source.component` of the events. A recorder counts and removes those of its own component alone. */
  readonly component: string;
  readonly store: ObjectStore;
  readonly now: () => number;
  readonly newUid: () => string;
  readonly schedule: (callback: () => void, delayMs: number) => () => void;
  readonly onError: (error: unknown) => void;
}

const events: ResourceId = { group: '', resource: 'events' };
const pendingMax = 500;
const storedMax = 1_000;
const batchMax = 50;
const flushDelayMs = 1_000;
const ageMaxMs = 3_600_000;

interface Pending extends RecordedEvent {
  count: number;
  readonly firstMs: number;
  lastMs: number;
}

interface Stored {
  readonly namespace: string;
  readonly name: string;
  lastMs: number;
}

export function createEventRecorder(deps: EventRecorderDeps): EventRecorder {
  const { component, store, now } = deps;
  const pending = new Map<string, Pending>();
  /** By what the event says, least recent first. */
  const stored = adoptStored(store, component);
  let droppedTotal = 0;
  let cancel: (() => void) | undefined;
  let isStopped = false;

  function arm(): void {
    if (isStopped || cancel !== undefined) return;
    cancel = deps.schedule(() => {
      void flush();
    }, flushDelayMs);
  }

  async function flush(): Promise<void> {
    try {
      const batch = [...pending].slice(0, batchMax);
      for (const [key] of batch) pending.delete(key);
      const writes = [...batch.map(([key, event]) => writeOf(key, event)), ...removals()];
      if (writes.length > 0) await store.commit(writes);
    } catch (error) {
      deps.onError(error);
    }
    cancel = undefined;
    if (pending.size > 0) arm();
  }

  function writeOf(key: string, event: Pending): ObjectWrite {
    const { namespace = 'default' } = event.about.metadata;
    const known = stored.get(key);
    const live = known === undefined ? undefined : store.get(events, known.namespace, known.name);
    const name = live?.name ?? eventName(event.about.metadata.name ?? '', deps.newUid());
    stored.delete(key);
    stored.set(key, { namespace, name, lastMs: event.lastMs });
    const object = live === undefined ? newEvent(deps, name, event) : counted(live.object, event);
    return { resource: events, namespace, name, object };
  }

  function removals(): readonly ObjectWrite[] {
    const writes: ObjectWrite[] = [];
    for (const [key, { namespace, name, lastMs }] of stored) {
      const isExpired = stored.size > storedMax || now() - lastMs > ageMaxMs;
      if (!isExpired || writes.length >= batchMax) break;
      stored.delete(key);
      const live = store.get(events, namespace, name);
      if (live !== undefined) writes.push({ resource: events, namespace, name, object: live.object, isDelete: true });
    }
    return writes;
  }

  return {
    get droppedTotal() {
      return droppedTotal;
    },
    record(event) {
      const key = keyOf(event.about.metadata.uid ?? '', event.reason, event.message);
      const known = pending.get(key);
      if (known !== undefined) {
        known.count += 1;
        known.lastMs = now();
      } else if (pending.size >= pendingMax) {
        droppedTotal += 1;
      } else {
        pending.set(key, { ...event, count: 1, firstMs: now(), lastMs: now() });
      }
      arm();
    },
    stop() {
      isStopped = true;
      cancel?.();
    },
  };
}

/** `web.446655440000abcd`, as client-go names them. */
function eventName(about: string, uid: string): string {
  return `${about.slice(0, 230)}.${uid.replaceAll('-', '').slice(-16)}`;
}

function keyOf(uid: string, reason: string, message: string): string {
  return `${uid}|${reason}|${message}`;
}

function adoptStored(store: ObjectStore, component: string): Map<string, Stored> {
  const found = store
    .list(events)
    .filter(({ object }) => isField(object['source'], 'component', component))
    .toSorted((left, right) => left.timeMs - right.timeMs)
    .map(({ object, namespace, name, timeMs }): [string, Stored] => {
      const about = object['involvedObject'];
      const uid = typeof about === 'object' && about !== null && 'uid' in about ? String(about.uid) : '';
      return [keyOf(uid, String(object['reason']), String(object['message'])), { namespace, name, lastMs: timeMs }];
    });
  return new Map(found);
}

function isField(value: unknown, field: string, expected: string): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).some(([key, item]) => key === field && item === expected)
  );
}

function newEvent({ component, newUid }: EventRecorderDeps, name: string, event: Pending): KubeObject {
  const { apiVersion, kind, metadata } = event.about;
  const { namespace } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespace ?? 'default', uid: newUid(), creationTimestamp: timestamp(event.firstMs) },
    involvedObject: {
      apiVersion,
      kind,
      name: metadata.name,
      uid: metadata.uid,
      resourceVersion: metadata.resourceVersion,
      ...(namespace === undefined ? {} : { namespace }),
    },
    reason: event.reason,
    message: event.message.slice(0, 1024),
    type: event.type,
    count: event.count,
    firstTimestamp: timestamp(event.firstMs),
    lastTimestamp: timestamp(event.lastMs),
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
  };
}

function counted(live: KubeObject, event: Pending): KubeObject {
  const count = live['count'];
  return {
    ...live,
    count: (typeof count === 'number' ? count : 1) + event.count,
    lastTimestamp: timestamp(event.lastMs),
  };
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
