import { fieldsAt, fieldsOf, listAt, textAt } from './object-field.ts';
import type { Fields } from './object-field.ts';
import type { DependentObjectReference } from './operations.ts';

type DependencyKind = 'ConfigMap' | 'PersistentVolumeClaim' | 'Secret' | 'ServiceAccount';

/** Volume sources that name a Secret in `secretRef.name`. */
const volumesWithSecretRef = ['cephfs', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'] as const;

/** The objects in the pod's namespace that it cannot start without. The `default` service account exists everywhere and is left out. Sorted by kind, then name. */
export function podDependencies(podSpec: Fields, namespace: string | undefined): readonly DependentObjectReference[] {
  const found = createCollector(namespace);
  for (const reference of listAt(podSpec, 'imagePullSecrets')) found.add('Secret', textAt(fieldsOf(reference), 'name'));
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    for (const container of listAt(podSpec, list)) collectFromContainer(fieldsOf(container), found);
  }
  for (const volume of listAt(podSpec, 'volumes')) collectFromVolume(fieldsOf(volume), found);
  const account = textAt(podSpec, 'serviceAccountName');
  if (account !== 'default') found.add('ServiceAccount', account);
  return found.sorted();
}

interface Collector {
  add(kind: DependencyKind, name: string | undefined): void;
  sorted(): readonly DependentObjectReference[];
}

function createCollector(namespace: string | undefined): Collector {
  const found = new Map<string, DependentObjectReference>();
  return {
    add(kind, name) {
      if (name === undefined) return;
      found.set(`${kind}/${name}`, { apiVersion: 'v1', kind, ...(namespace === undefined ? {} : { namespace }), name });
    },
    sorted: () => [...found.entries()].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value),
  };
}

function collectFromContainer(container: Fields, found: Collector): void {
  for (const source of listAt(container, 'envFrom')) {
    const fields = fieldsOf(source);
    found.add('ConfigMap', textAt(fieldsAt(fields, 'configMapRef'), 'name'));
    found.add('Secret', textAt(fieldsAt(fields, 'secretRef'), 'name'));
  }
  for (const variable of listAt(container, 'env')) {
    const source = fieldsAt(fieldsOf(variable), 'valueFrom');
    found.add('ConfigMap', textAt(fieldsAt(source, 'configMapKeyRef'), 'name'));
    found.add('Secret', textAt(fieldsAt(source, 'secretKeyRef'), 'name'));
  }
}

function collectFromVolume(volume: Fields, found: Collector): void {
  found.add('ConfigMap', textAt(fieldsAt(volume, 'configMap'), 'name'));
  found.add('Secret', textAt(fieldsAt(volume, 'secret'), 'secretName'));
  found.add('Secret', textAt(fieldsAt(volume, 'azureFile'), 'secretName'));
  found.add('Secret', textAt(fieldsAt(fieldsAt(volume, 'csi'), 'nodePublishSecretRef'), 'name'));
  found.add('PersistentVolumeClaim', textAt(fieldsAt(volume, 'persistentVolumeClaim'), 'claimName'));
  for (const type of volumesWithSecretRef) {
    found.add('Secret', textAt(fieldsAt(fieldsAt(volume, type), 'secretRef'), 'name'));
  }
  for (const source of listAt(fieldsAt(volume, 'projected'), 'sources')) {
    const fields = fieldsOf(source);
    found.add('ConfigMap', textAt(fieldsAt(fields, 'configMap'), 'name'));
    found.add('Secret', textAt(fieldsAt(fields, 'secret'), 'name'));
  }
}
