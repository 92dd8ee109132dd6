import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Revision } from '@flotilla/log/event-log';

import type { StoredObject } from './object-store.ts';
import { parseObject, serializeDraft, spliceResourceVersion, type DraftObject } from './serialize-object.ts';

/** One revision of one object. Parsed when first asked for, unless it came with its object. */
export class CachedObject implements StoredObject {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
  readonly revision: Revision;
  readonly bytes: Uint8Array;
  readonly timeMs: number;
  #object: KubeObject | undefined;

  constructor(
    resource: ResourceId,
    namespace: string,
    name: string,
    revision: Revision,
    bytes: Uint8Array,
    timeMs: number,
    object: KubeObject | undefined,
  ) {
    this.resource = resource;
    this.namespace = namespace;
    this.name = name;
    this.revision = revision;
    this.bytes = bytes;
    this.timeMs = timeMs;
    this.#object = object;
  }

  get object(): KubeObject {
    this.#object ??= parseObject(this.bytes, this.revision);
    return this.#object;
  }

  servedBytes(): Uint8Array {
    return spliceResourceVersion(this.bytes, this.revision);
  }

  /** True when `object` is this very revision, so that its bytes needn't be made again. */
  isParsedAs(object: KubeObject): boolean {
    return this.#object === object;
  }
}

export interface ObjectKey {
  readonly resource: ResourceId;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Travels with a write through the log, so that every store in the process gets the same CachedObject without parsing. The first one to see the
 * revision makes it.
 */
export class ObjectMemo {
  readonly bytes: Uint8Array;
  readonly key: ObjectKey;
  readonly #draft: DraftObject;
  #stored: CachedObject | undefined;

  /** `bytes`: the serialised draft, when it's at hand. */
  constructor(key: ObjectKey, draft: DraftObject, bytes?: Uint8Array) {
    this.key = key;
    this.#draft = draft;
    this.bytes = bytes ?? serializeDraft(draft);
  }

  storedAt(revision: Revision, timeMs: number): CachedObject {
    if (this.#stored?.revision === revision) return this.#stored;
    const { resource, namespace, name } = this.key;
    this.#draft.metadata.resourceVersion = String(revision);
    this.#stored = new CachedObject(resource, namespace, name, revision, this.bytes, timeMs, this.#draft);
    return this.#stored;
  }
}
