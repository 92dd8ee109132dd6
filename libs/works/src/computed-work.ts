import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { StoredObject } from '@flotilla/store/object-store';
import { serializeObject, spliceResourceVersion } from '@flotilla/store/serialize-object';

import { works } from './resources.ts';

export interface ComputedWorkParts {
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly timeMs: number;
  /** Renders the Work, without resourceVersion. Must depend on nothing that changes. */
  readonly compute: () => KubeObject;
}

/** Looks like a stored object, but is rendered when somebody looks inside: a list is paged, selected and counted without rendering what nobody reads. */
export class ComputedWork implements StoredObject {
  readonly resource: ResourceId = works;
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly timeMs: number;
  readonly #compute: () => KubeObject;
  #object: KubeObject | undefined;
  #bytes: Uint8Array | undefined;

  constructor({ namespace, name, revision, timeMs, compute }: ComputedWorkParts) {
    this.namespace = namespace;
    this.name = name;
    this.revision = revision;
    this.timeMs = timeMs;
    this.#compute = compute;
  }

  get object(): KubeObject {
    if (this.#object === undefined) {
      const object = this.#compute();
      this.#object = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.revision) } };
    }
    return this.#object;
  }

  get bytes(): Uint8Array {
    return (this.#bytes ??= serializeObject(this.object));
  }

  servedBytes(): Uint8Array {
    return spliceResourceVersion(this.bytes, this.revision);
  }
}
