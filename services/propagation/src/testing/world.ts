import { randomUUID } from 'node:crypto';

import { createInterpreter } from '@flotilla/interpreter/interpreter';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import type { KindRegistry, ResourceId } from '@flotilla/kinds/kind-definition';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { ownEverything } from '@flotilla/lease/own-everything';
import type { Partitions } from '@flotilla/lease/partitions';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { MemoryMember } from '@flotilla/member/testing/memory-member';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';

import { clusters, secrets } from '@flotilla/works/resources';
import { aCluster, aSecret } from '@flotilla/works/testing/objects';
import { createPropagation } from '../service.ts';
import type { Propagation } from '../service.ts';

export const webPath = '/apis/apps/v1/namespaces/default/deployments/web';

/** The service on a store in memory, with members in memory. */
export interface World {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly members: ReadonlyMap<string, MemoryMember>;
  readonly put: (resource: ResourceId, object: KubeObject) => Promise<void>;
  readonly edit: (resource: ResourceId, name: string, change: (object: KubeObject) => KubeObject) => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function aWorld(memberNames: readonly string[], partitions: Partitions = ownEverything()): Promise<World> {
  partitions.start();
  const end = new AbortController();
  const store = await createObjectStore({ log: await createEmbeddedLog(), signal: end.signal });
  const members = new Map(memberNames.map((name) => [name, new MemoryMember()]));
  const kinds = createKindRegistry([
    ...createBuiltinKinds({ readDocument: readOpenApiDocument }),
    ...createKarmadaKinds(),
  ]);
  const begin = (): Propagation => {
    const propagation = createPropagation({
      store,
      partitions,
      kinds,
      interpreter: createInterpreter(),
      connect: ({ cluster }) => members.get(cluster) ?? new MemoryMember(),
      now: () => 0,
      random: () => 0,
      newUid: randomUUID,
      schedule(callback) {
        const immediate = setImmediate(callback);
        return () => clearImmediate(immediate);
      },
      report: () => undefined,
    });
    propagation.start();
    return propagation;
  };
  let propagation = begin();
  const put: World['put'] = async (resource, object) => {
    const { namespace = '', name = '' } = object.metadata;
    const expectRevision = store.get(resource, namespace, name)?.revision ?? 0;
    await store.commit([{ resource, namespace, name, object, expect: expectRevision }]);
  };
  for (const name of memberNames) {
    await put(secrets, aSecret(name));
    await put(clusters, aCluster(name));
  }
  return {
    store,
    kinds,
    members,
    put,
    async edit(resource, name, change) {
      const stored = store.get(resource, 'default', name) ?? store.get(resource, '', name);
      if (stored === undefined) throw new Error(`no ${resource.resource} ${name}`);
      await put(resource, change(stored.object));
    },
    async restart() {
      await propagation.stop();
      propagation = begin();
    },
    async stop() {
      await propagation.stop();
      end.abort();
    },
  };
}
