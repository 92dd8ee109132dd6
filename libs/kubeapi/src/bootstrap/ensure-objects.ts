import type { KindRegistry, MutableKubeObject } from '@flotilla/kinds/kind-definition';
import { parseApiVersion, type KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectStore, ObjectWrite } from '@flotilla/store/object-store';
import { applyDefaults } from '../write/draft.ts';
import { cloneJson, equalJson } from '../patch/json-value.ts';
import { sealed, stampCreation } from '../write/object-meta.ts';

export interface EnsureDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly now: () => number;
  readonly newUid: () => string;
}

/** Creates what is missing, all in one append. Running it again, or in two processes at once, changes nothing. */
export async function ensureObjects(deps: EnsureDeps, objects: readonly KubeObject[]): Promise<void> {
  const writes = objects.flatMap((object) => {
    const write = missingWrite(deps, object) ?? outdatedWrite(deps, object);
    return write === undefined ? [] : [write];
  });
  if (writes.length === 0) return;
  const result = await deps.store.commit(writes);
  // Somebody else was faster with one of them: look again.
  if (result.kind === 'conflict') await ensureObjects(deps, objects);
}

function missingWrite(deps: EnsureDeps, object: KubeObject): ObjectWrite | undefined {
  const { group, version } = parseApiVersion(object.apiVersion);
  const kind = deps.kinds.byKind(group, version, object.kind);
  if (kind === undefined)
    throw new Error(`bootstrap needs ${object.kind} of ${object.apiVersion}, which is not served`);
  const { name = '', namespace = '' } = object.metadata;
  const resource = { group, resource: kind.plural };
  if (deps.store.get(resource, namespace, name) !== undefined) return undefined;
  const draft = cloneJson(object) as MutableKubeObject;
  applyDefaults(draft, kind);
  const nowMs = deps.now();
  stampCreation(draft, kind, namespace, nowMs, deps.newUid());
  kind.prepareForCreate?.(draft, { nowMs, newUid: deps.newUid, user: 'system:apiserver' });
  return { resource, namespace, name, object: sealed(draft), expect: 0 };
}

/** A default role whose rules are no longer the ones it should have. */
function outdatedWrite({ store }: EnsureDeps, wanted: KubeObject): ObjectWrite | undefined {
  if (wanted.kind !== 'ClusterRole' || wanted['aggregationRule'] !== undefined) return undefined;
  const resource = { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' };
  const name = wanted.metadata.name ?? '';
  const stored = store.get(resource, '', name);
  if (stored === undefined || equalJson(stored.object['rules'], wanted['rules'])) return undefined;
  if (stored.object.metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'] !== 'true') return undefined;
  const { resourceVersion: _, ...metadata } = stored.object.metadata;
  return {
    resource,
    namespace: '',
    name,
    object: { ...stored.object, metadata, rules: wanted['rules'] },
    expect: stored.revision,
  };
}
