import type { ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import type { PodTemplateSpec } from '@flotilla/kinds/builtin/core/pod-types';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { controllerReference, creation, deletion, replacement } from '../model/object-write.ts';
import { controllerRevisions } from '../model/resources.ts';
import { contentHash } from '../model/safe-name.ts';
import { timestamp } from '../model/timestamp.ts';
import type { Round } from '../runner/controller.ts';
import type { ControllerRevision } from './workload.ts';

export const revisionHashLabel = 'controller-revision-hash';

/** The templates that a StatefulSet or DaemonSet has had, kept as ControllerRevisions. */
export interface TemplateRevisions {
  /** Name of the ControllerRevision of the template as it is now. */
  readonly updateName: string;
  readonly updateHash: string;
  /** Makes the current one, or numbers it after all others when it comes back. */
  readonly writes: readonly ObjectWrite[];
  readonly find: (name: string) => PodTemplateSpec | undefined;
}

export function readTemplateRevisions(
  owner: KubeObject,
  template: PodTemplateSpec,
  labels: Readonly<Record<string, string>>,
  round: Round,
): TemplateRevisions {
  const updateHash = contentHash(template);
  const updateName = `${owner.metadata.name ?? ''}-${updateHash}`;
  const owned = round.view.ownedBy(controllerRevisions, owner.metadata.uid ?? '');
  const last = owned.reduce((most, stored) => Math.max(most, numberOf(stored)), 0);
  const current = owned.find(({ name }) => name === updateName);
  return {
    updateName,
    updateHash,
    writes: current === undefined ? [create()] : renumber(current),
    find(name) {
      if (name === updateName) return template;
      const data = owned.find((stored) => stored.name === name)?.object['data'];
      return (data as RevisionData | undefined)?.spec?.template;
    },
  };

  function create(): ObjectWrite {
    const { namespace } = owner.metadata;
    return creation(controllerRevisions, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name: updateName,
        ...(namespace !== undefined && { namespace }),
        uid: round.newUid(),
        creationTimestamp: timestamp(round.nowMs),
        labels: { ...labels, [revisionHashLabel]: updateHash },
        ownerReferences: [controllerReference(owner)],
      },
      data: { spec: { template: { ...template, $patch: 'replace' } } },
      revision: last + 1,
    });
  }

  function renumber(stored: StoredObject): readonly ObjectWrite[] {
    if (numberOf(stored) === last) return [];
    return [replacement(stored, { ...stored.object, revision: last + 1 })];
  }
}

/** Revisions past the history limit that no pod has. */
export function forgottenRevisions(
  owner: KubeObject,
  keep: ReadonlySet<string>,
  limit: number,
  round: Round,
): readonly ObjectWrite[] {
  const unused = round.view
    .ownedBy(controllerRevisions, owner.metadata.uid ?? '')
    .filter(({ name }) => !keep.has(name));
  return unused
    .toSorted((a, b) => numberOf(a) - numberOf(b))
    .slice(0, Math.max(0, unused.length - limit))
    .flatMap((stored) => deletion(stored, round.nowMs));
}

interface RevisionData {
  readonly spec?: { readonly template?: PodTemplateSpec };
}

function numberOf({ object }: StoredObject): number {
  return (object as ControllerRevision).revision;
}
