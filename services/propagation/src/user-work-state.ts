import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { executionNamespacePrefix } from '@flotilla/kinds/karmada/well-known';
import type { Work } from '@flotilla/kinds/karmada/work';
import type { KindRegistry } from '@flotilla/kinds/kind-definition';
import { formatApiVersion } from '@flotilla/kinds/kube-object';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { Intent } from '@flotilla/member/intent';
import { targetKey } from '@flotilla/member/object-target';
import type { ObjectTarget } from '@flotilla/member/object-target';
import type { StoredObject } from '@flotilla/store/object-store';

import { targetOfManifest } from './manifest-target.ts';
import type { ReportedStatus } from './reported-status.ts';

/** One object that a Work has, or had, in its cluster. */
export interface WorkObject extends ReportedStatus {
  readonly target: ObjectTarget;
  /** Ours as long as the member's engine holds this very intent. */
  intent: Intent | undefined;
  /** What the intent was made from: an equal one is not given again. */
  intentKey: string;
  /** `undefined` until the first attempt ended. */
  isApplied: boolean | undefined;
  message: string;
}

/** Working memory about one Work that a user created. */
export interface UserWorkState {
  readonly key: string;
  readonly cluster: string;
  stored: StoredObject;
  /** By target key: what the manifests name, and what they named before and is not gone yet. */
  readonly objects: Map<string, WorkObject>;
  /** The manifests as they were last understood, in order. */
  manifests: readonly UnderstoodManifest[];
  /** A write to the Work itself is under way. */
  isWriting: boolean;
}

export type UnderstoodManifest =
  | { readonly kind: 'usable'; readonly key: string; readonly target: ObjectTarget; readonly manifest: KubeObject }
  | { readonly kind: 'unusable'; readonly message: string };

export function workOfState(state: UserWorkState): Work {
  return state.stored.object as Work;
}

export function newWorkObject(target: ObjectTarget): WorkObject {
  return {
    target,
    intent: undefined,
    intentKey: '',
    isApplied: undefined,
    message: '',
    statusJson: undefined,
    health: 'Unknown',
  };
}

/** `undefined` for a Work that is in no cluster's namespace: it asks nothing of anybody. */
export function clusterOfWork(stored: StoredObject): string | undefined {
  const { namespace } = stored;
  return namespace.startsWith(executionNamespacePrefix) ? namespace.slice(executionNamespacePrefix.length) : undefined;
}

/** What the status remembers of earlier runs: without it nobody would know what to remove. */
export function rememberedObjects(work: Work): Map<string, WorkObject> {
  const objects = new Map<string, WorkObject>();
  for (const { identifier, status, health } of work.status?.manifestStatuses ?? []) {
    const { group = '', version, kind, resource, namespace, name } = identifier;
    const target = { apiVersion: formatApiVersion(group, version), kind, resource, namespace, name };
    objects.set(targetKey(target), {
      ...newWorkObject(target),
      statusJson: status === undefined ? undefined : JSON.stringify(status),
      health: health ?? 'Unknown',
    });
  }
  return objects;
}

export function understandManifests(work: Work, kinds: KindRegistry, cluster: Cluster): readonly UnderstoodManifest[] {
  const seen = new Set<string>();
  return (work.spec.workload?.manifests ?? []).map((manifest, ordinal) => {
    const found = targetOfManifest(manifest, ordinal, kinds, cluster);
    if (found.kind === 'unusable') return found;
    const key = targetKey(found.target);
    if (seen.has(key)) {
      return { kind: 'unusable', message: `spec.workload.manifests[${ordinal}]: this object is listed before` };
    }
    seen.add(key);
    return { kind: 'usable', key, target: found.target, manifest: found.manifest };
  });
}
