import type { KindDefinition } from '@flotilla/kinds/kind-definition';
import { formatApiVersion } from '@flotilla/kinds/kube-object';
import { failure, type Status } from '../errors/status.ts';
import type { Negotiated } from '../http/media-type.ts';
import { tableOf, type IncludeObject } from '../table/table.ts';
import { objectAtRevision, partialMetadata, type ObjectEncoder } from './object-bytes.ts';
import type { WatchEvent } from './watch-event.ts';

/** Bytes of watch events in the form one watcher asked for. */
export interface WatchEncoder {
  encode(event: WatchEvent): Uint8Array;
  bookmark(revision: number, isEndOfInitialEvents: boolean): Uint8Array;
  error(status: Status): Uint8Array;
}

const eventEnd = Buffer.from('}\n');
const plainStart = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
};
const sharedEventsMax = 128;

/**
 * Events of one change are encoded once and shared by all watchers that want them in the same form. Watchers are served one after the other
 * within a turn of the event loop, so a small cache is enough; nothing is kept for the life of an object.
 */
export class SharedEvents {
  readonly #byKey = new Map<string, Uint8Array>();

  get(key: string, encode: () => Uint8Array): Uint8Array {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const bytes = encode();
    if (this.#byKey.size === 0) queueMicrotask(() => this.#byKey.clear());
    if (this.#byKey.size < sharedEventsMax) this.#byKey.set(key, bytes);
    return bytes;
  }
}

export interface WatchEncoderDeps {
  readonly encoder: ObjectEncoder;
  readonly shared: SharedEvents;
  readonly now: () => number;
}

export function createWatchEncoder(
  deps: WatchEncoderDeps,
  kind: KindDefinition,
  negotiated: Negotiated,
  includeObject: IncludeObject,
): WatchEncoder {
  const { encoder, shared, now } = deps;
  const apiVersion = formatApiVersion(kind.group, kind.version);
  const form = `${apiVersion} ${kind.plural} ${negotiated.as} ${negotiated.metaVersion} ${includeObject}`;
  let sendsHeaders = true;

  function serialise(value: unknown): Uint8Array {
    return Buffer.from(`${JSON.stringify(value)}\n`);
  }

  function shape(event: WatchEvent): unknown {
    const current = encoder.objectOf(event.stored, kind);
    const object = event.atRevision === undefined ? current : objectAtRevision(current, event.atRevision);
    switch (negotiated.as) {
      case 'object':
        return object;
      case 'metadata':
        return partialMetadata(object, negotiated.metaVersion);
      case 'table': {
        const table = tableOf(kind, [object], { includeObject, nowMs: now(), withHeaders: sendsHeaders });
        sendsHeaders = false;
        return { ...table, apiVersion: `meta.k8s.io/${negotiated.metaVersion}` };
      }
    }
  }

  function plain(event: WatchEvent): Uint8Array {
    const { type, stored, atRevision } = event;
    const bytes =
      atRevision === undefined ? encoder.bytesOf(stored, kind) : encoder.bytesAtRevision(stored, kind, atRevision);
    return Buffer.concat([plainStart[type], bytes, eventEnd]);
  }

  function fresh(event: WatchEvent): Uint8Array {
    if (negotiated.as === 'object') return plain(event);
    return serialise({ type: event.type, object: shape(event) });
  }

  function bookmarkObject(revision: number, isEndOfInitialEvents: boolean): unknown {
    const metadata = {
      resourceVersion: String(revision),
      ...(isEndOfInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    };
    switch (negotiated.as) {
      case 'object':
        return { kind: kind.kind, apiVersion, metadata };
      case 'metadata':
        return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${negotiated.metaVersion}`, metadata };
      case 'table': {
        const object = {
          kind: 'PartialObjectMetadata',
          apiVersion: `meta.k8s.io/${negotiated.metaVersion}`,
          metadata,
        };
        return {
          kind: 'Table',
          apiVersion: `meta.k8s.io/${negotiated.metaVersion}`,
          metadata: { resourceVersion: String(revision) },
          columnDefinitions: null,
          rows: [{ cells: kind.columns.map(() => null), object }],
        };
      }
    }
  }

  return {
    encode(event) {
      // The first Table of a watch is its own: it carries the columns.
      if (negotiated.as === 'table' && sendsHeaders) return fresh(event);
      const { type, stored, atRevision } = event;
      const key = `${form} ${type} ${stored.namespace}/${stored.name} ${stored.revision} ${atRevision ?? ''}`;
      return shared.get(key, () => fresh(event));
    },
    bookmark: (revision, isEnd) => serialise({ type: 'BOOKMARK', object: bookmarkObject(revision, isEnd) }),
    error: (status) => serialise({ type: 'ERROR', object: status }),
  };
}

export function tooOld(revision: number, oldest: number): Status {
  return failure(410, 'Expired', `too old resource version: ${revision} (${oldest})`);
}
