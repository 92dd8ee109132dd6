import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createGateway } from '@flotilla/gateway/service';
import type { Gateway } from '@flotilla/gateway/service';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import type { AdmissionPlugin } from '@flotilla/kubeapi/admission/admission';
import { ownEverything } from '@flotilla/lease/own-everything';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';

export interface TestGateway {
  readonly gateway: Gateway;
  readonly store: ObjectStore;
  readonly kubeconfig: string;
  readonly folder: string;
  /** As a controller of the platform would: past validation. */
  readonly put: (resource: ResourceId, object: KubeObject) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface TestGatewayOptions {
  readonly token?: string;
  readonly admission?: readonly AdmissionPlugin[];
}

/** A real gateway on a memory log, on a free port. With `token`, it gives token Secrets this token, which has all rights. */
export async function startTestGateway({ token, admission = [] }: TestGatewayOptions = {}): Promise<TestGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-cli-'));
  const end = new AbortController();
  const store = await createObjectStore({ log: await createEmbeddedLog(), signal: end.signal });
  const kinds = createKindRegistry([
    ...createBuiltinKinds({ readDocument: readOpenApiDocument }),
    ...createKarmadaKinds(),
  ]);
  const admin = { name: 'account', groups: ['system:masters'] };
  const partitions = ownEverything();
  partitions.start();
  const gateway = await createGateway(
    { store, kinds, partitions, now: Date.now, newUid: randomUUID, report: () => undefined, admission },
    {
      directory: folder,
      host: '127.0.0.1',
      port: 0,
      ...(token === undefined ? {} : { tokens: new Map([[token, admin]]) }),
    },
  );
  const put: TestGateway['put'] = async (resource, object) => {
    const { namespace = '', name = '' } = object.metadata;
    const expect = store.get(resource, namespace, name)?.revision ?? 0;
    await store.commit([{ resource, namespace, name, object, expect }]);
  };
  if (token !== undefined) fillTokenSecrets(store, put, token);
  return {
    gateway,
    store,
    put,
    folder,
    kubeconfig: gateway.kubeconfigPath,
    async stop() {
      await gateway.stop(100);
      end.abort();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function fillTokenSecrets(store: ObjectStore, put: TestGateway['put'], token: string): void {
  const secrets: ResourceId = { group: '', resource: 'secrets' };
  store.subscribe({
    resources: [secrets],
    from: store.revision,
    onChanges(changes) {
      for (const { type, object } of changes) {
        const isEmpty =
          object.object['type'] === 'kubernetes.io/service-account-token' && object.object['data'] === undefined;
        if (type === 'DELETED' || !isEmpty) continue;
        void put(secrets, { ...object.object, data: { token: Buffer.from(token).toString('base64') } });
      }
    },
  });
}
