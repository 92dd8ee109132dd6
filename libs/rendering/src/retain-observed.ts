/**
 * Bringing a member's object to the desired state without taking away what the member owns.
 *
 * Updates replace the whole object, so the body must carry over what others put there: revision, finalizers and owners, labels and annotations that only the member has, the
 * fields that the kind leaves to the member, and the status of kinds without a status subresource. Labels and annotations that once came from here (the observed object lists
 * them) and are no longer desired are dropped.
 */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import { managedAnnotationsAnnotation, managedLabelsAnnotation } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { compareSpecs } from './compare-specs.ts';

type Texts = Readonly<Record<string, string>>;

/** The object to PUT. Idempotent: for a member that stored it, the same body results. */
export function bodyForUpdate(desired: KubeObject, observed: KubeObject, interpreter: Interpreter): KubeObject {
  const retained = interpreter.retain(desired, observed);
  const { uid, resourceVersion, finalizers, ownerReferences } = observed.metadata;
  const formerLabels = keysIn(observed, managedLabelsAnnotation);
  const formerAnnotations = keysIn(observed, managedAnnotationsAnnotation);
  const body: KubeObject = {
    ...retained,
    metadata: {
      ...retained.metadata,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      labels: mergeOwned(retained.metadata.labels, observed.metadata.labels, formerLabels),
      annotations: mergeOwned(retained.metadata.annotations, observed.metadata.annotations, formerAnnotations),
    },
  };
  return observed['status'] === undefined ? body : { ...body, status: observed['status'] };
}

/**
 * - `same`: nothing to do.
 * - `defaulted`: the member's object has fields that the desired one leaves open (defaults, allocated values, or somebody's additions). A PUT would change nothing unless
 *   somebody else wrote: do it when the object's generation moved since our last write.
 * - `different`: it must be written.
 */
export type ObservedState = 'same' | 'defaulted' | 'different';

export function compareWithObserved(
  desired: KubeObject,
  observed: KubeObject,
  interpreter: Interpreter,
): ObservedState {
  if (
    !isMetadataCurrent(desired.metadata.labels, observed.metadata.labels, keysIn(observed, managedLabelsAnnotation)) ||
    !isMetadataCurrent(
      desired.metadata.annotations,
      observed.metadata.annotations,
      keysIn(observed, managedAnnotationsAnnotation),
    )
  ) {
    return 'different';
  }
  return compareSpecs(interpreter.retain(desired, observed), observed);
}

/** No write is needed as far as the two objects tell. */
export function isUpToDate(desired: KubeObject, observed: KubeObject, interpreter: Interpreter): boolean {
  return compareWithObserved(desired, observed, interpreter) !== 'different';
}

const noKeys: readonly string[] = [];

function keysIn(observed: KubeObject, annotation: string): readonly string[] {
  const text = observed.metadata.annotations?.[annotation];
  return text === undefined || text === '' ? noKeys : text.split(',');
}

function mergeOwned(desired: Texts | undefined, observed: Texts | undefined, former: readonly string[]): Texts {
  const merged: Record<string, string> = { ...observed };
  for (const key of former) delete merged[key];
  return Object.assign(merged, desired);
}

function isMetadataCurrent(desired: Texts = {}, observed: Texts = {}, former: readonly string[]): boolean {
  for (const key in desired) if (desired[key] !== observed[key]) return false;
  for (const key of former) if (!Object.hasOwn(desired, key) && Object.hasOwn(observed, key)) return false;
  return true;
}
