/** Templates by apiVersion and kind, straight from the store. */
import type { TemplateSource } from '@flotilla/placement/policy/selected-templates';
import type { KindRegistry, ResourceId } from '@flotilla/kinds/kind-definition';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import type { ObjectStore } from '@flotilla/store/object-store';

export function templateSource(store: ObjectStore, kinds: KindRegistry): TemplateSource {
  const resourceFor = (apiVersion: string, kind: string): ResourceId | undefined => {
    const { group, version } = parseApiVersion(apiVersion);
    const definition = kinds.byKind(group, version, kind);
    return definition && { group, resource: definition.plural };
  };
  return {
    get(apiVersion, kind, namespace, name) {
      const resource = resourceFor(apiVersion, kind);
      return resource && store.get(resource, namespace, name)?.object;
    },
    list(apiVersion, kind, namespace) {
      const resource = resourceFor(apiVersion, kind);
      return resource === undefined ? [] : store.list(resource, namespace).map(({ object }) => object);
    },
  };
}
