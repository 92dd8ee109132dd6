import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import { createEmbeddedLog, type EmbeddedLog, type EmbeddedLogOptions } from '@flotilla/log/embedded-log';

import { createObjectStore, type ObjectStoreOptions } from './create-object-store.ts';
import type { CommitResult, ObjectStore, ObjectWrite, StoredObject } from './object-store.ts';

/** For tests: objects, and a store on a log in memory. */
export const configMaps = { group: '', resource: 'configmaps' };
export const deployments = { group: 'apps', resource: 'deployments' };

export function aConfigMap(name: string, text = '', metadata: Partial<ObjectMeta> = {}): KubeObject {
  const meta = { name, namespace: 'default', ...metadata };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta, data: { text } };
}

export function put(object: KubeObject, expectRevision?: number): ObjectWrite {
  const { name = '', namespace = '' } = object.metadata;
  const resource = object.kind === 'ConfigMap' ? configMaps : deployments;
  return { resource, namespace, name, object, ...(expectRevision !== undefined && { expect: expectRevision }) };
}

export interface StoreFixture extends AsyncDisposable {
  readonly log: EmbeddedLog;
  readonly store: ObjectStore;
  readonly stop: AbortController;
}

export async function aStore(
  options: Partial<ObjectStoreOptions> & { readonly logOptions?: EmbeddedLogOptions } = {},
): Promise<StoreFixture> {
  const log = await createEmbeddedLog(options.logOptions ?? {});
  const stop = new AbortController();
  const store = await createObjectStore({ log, signal: stop.signal, ...options });
  return {
    log,
    store,
    stop,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await log.close();
    },
  };
}

/** Commits one write; fails the test on a conflict. */
export async function committed(store: ObjectStore, ...writes: readonly ObjectWrite[]): Promise<StoredObject> {
  const result: CommitResult = await store.commit(writes);
  const object = result.kind === 'committed' ? result.objects[0] : undefined;
  if (object === undefined) throw new Error(`unexpected ${result.kind}`);
  return object;
}
