import { hash } from 'node:crypto';

import {
  managedLabel,
  managedValue,
  conflictResolutionAnnotation,
  conflictResolutionOverwrite,
  workIdLabel,
  workNameAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { RenderOutcome } from '@flotilla/member/intent';
import { stampMetadata, stampWork } from '@flotilla/rendering/identity-stamp';
import { pruneTemplate } from '@flotilla/rendering/prune-template';

/** A manifest of a user's Work as its cluster gets it: pruned like a template, with the marks that say whose it is. */
export function renderUserManifest(manifest: KubeObject, work: KubeObject): RenderOutcome {
  const { name = '', namespace = '', labels } = work.metadata;
  const pruned = pruneTemplate(manifest);
  const stamped = stampMetadata(pruned.metadata, {
    labels: { [managedLabel]: managedValue },
    annotations: { [workNameAnnotation]: name },
  });
  const metadata = stampWork(stamped, { namespace, name, permanentId: labels?.[workIdLabel] ?? '' });
  const object: KubeObject = { ...pruned, metadata };
  const json = JSON.stringify(object);
  return { kind: 'rendered', manifest: object, json: () => json, hash: hash('sha1', json, 'base64url') };
}

export function conflictResolutionOfManifest({ metadata }: KubeObject): 'Abort' | 'Overwrite' {
  return metadata.annotations?.[conflictResolutionAnnotation] === conflictResolutionOverwrite ? 'Overwrite' : 'Abort';
}
