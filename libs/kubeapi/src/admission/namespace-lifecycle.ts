import type { ObjectStore } from '@flotilla/store/object-store';
import { forbidden, notFound } from '../errors/api-errors.ts';
import type { AdmissionPlugin } from './admission.ts';

const namespaces = { group: '', resource: 'namespaces' };
/** Namespaces that a cluster can't be without. */
const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** Objects live in namespaces that exist and aren't going away. */
export function namespaceLifecycle(store: ObjectStore): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    mutate(request) {
      const { operation, namespace, resource, name } = request;
      if (operation !== 'CREATE' || namespace === '' || request.subresource !== '') return;
      const found = store.get(namespaces, '', namespace);
      if (found === undefined) throw notFound(namespaces, namespace);
      if (found.object.metadata.deletionTimestamp === undefined) return;
      throw forbidden(
        resource,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
        [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      );
    },
    validate({ operation, resource, name }) {
      if (operation !== 'DELETE' || resource.resource !== 'namespaces' || resource.group !== '') return;
      if (immortal.has(name)) throw forbidden(resource, name, 'this namespace may not be deleted');
    },
  };
}
