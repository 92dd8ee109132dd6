import type { KubeObject } from '@flotilla/kinds/kube-object';
import { creation } from '../model/object-write.ts';
import { isDeleting } from '../model/pod.ts';
import { configMaps, namespaces } from '../model/resources.ts';
import { timestamp } from '../model/timestamp.ts';
import { nothing, type Controller } from '../runner/controller.ts';

const name = 'kube-root-ca.crt';

/** Every namespace has the cluster's CA certificate in a ConfigMap. */
export function createRootCertificateController(caPem: string): Controller {
  return {
    name: 'root-certificate',
    watches: [
      { resource: namespaces, keysOf: ({ object }) => [{ namespace: '', name: object.name }] },
      {
        resource: configMaps,
        keysOf: ({ type, object }) =>
          type === 'DELETED' && object.name === name ? [{ namespace: '', name: object.namespace }] : [],
      },
    ],
    open:
      ({ view, nowMs, newUid }) =>
      ({ name: namespace }) => {
        const owner = view.get(namespaces, '', namespace);
        if (owner === undefined || isDeleting(owner.object)) return nothing;
        if (view.get(configMaps, namespace, name) !== undefined) return nothing;
        const object: KubeObject = {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name, namespace, uid: newUid(), creationTimestamp: timestamp(nowMs) },
          data: { 'ca.crt': caPem },
        };
        return { writes: [creation(configMaps, object)] };
      },
  };
}
