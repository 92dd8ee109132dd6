import type { Condition, KubeObject } from '@flotilla/kinds/kube-object';

export interface DefinitionNames {
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

export interface DefinitionSpec {
  readonly group: string;
  readonly names: DefinitionNames;
  readonly versions: readonly { readonly name: string; readonly served: boolean; readonly storage: boolean }[];
}

interface DefinitionStatus {
  readonly conditions?: readonly Condition[];
  readonly acceptedNames?: DefinitionNames;
  readonly storedVersions?: readonly string[];
}

export function definitionSpec(definition: KubeObject): DefinitionSpec {
  return definition['spec'] as DefinitionSpec;
}

function statusOf(definition: KubeObject): DefinitionStatus {
  return (definition['status'] as DefinitionStatus | undefined) ?? {};
}

export function acceptedNamesOf(definition: KubeObject): DefinitionNames | undefined {
  return statusOf(definition).acceptedNames;
}

/** Status of a definition whose names were judged. `problem` undefined = accepted. */
export function establishedStatus(
  definition: KubeObject,
  problem: string | undefined,
  nowIso: string,
): DefinitionStatus {
  const before = statusOf(definition);
  const { names, versions } = definitionSpec(definition);
  const storage = versions.find((version) => version.storage)?.name;
  const stored = before.storedVersions ?? [];
  let conditions: readonly Condition[] = before.conditions ?? [];
  const set = (condition: Condition): void => {
    conditions = withCondition(conditions, { ...condition, lastTransitionTime: nowIso });
  };
  if (problem === undefined) {
    set({ type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' });
    set({
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    });
  } else {
    set({ type: 'NamesAccepted', status: 'False', reason: 'PluralConflict', message: problem });
    set({ type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' });
  }
  return {
    ...before,
    conditions,
    acceptedNames: problem === undefined ? names : (before.acceptedNames ?? { plural: '', kind: '' }),
    storedVersions: storage === undefined || stored.includes(storage) ? stored : [...stored, storage],
  };
}

export function terminatingStatus(definition: KubeObject, nowIso: string): DefinitionStatus {
  const before = statusOf(definition);
  const conditions = withCondition(before.conditions ?? [], {
    type: 'Terminating',
    status: 'True',
    lastTransitionTime: nowIso,
    reason: 'InstanceDeletionInProgress',
    message: 'CustomResource deletion is in progress',
  });
  return { ...before, conditions };
}

/** The time of a condition is that of its last change of status. */
function withCondition(conditions: readonly Condition[], next: Condition): readonly Condition[] {
  const at = conditions.findIndex((condition) => condition.type === next.type);
  const before = conditions[at];
  if (before === undefined) return [...conditions, next];
  const isSameStatus = before.status === next.status && before.lastTransitionTime !== undefined;
  const merged = isSameStatus ? { ...next, lastTransitionTime: before.lastTransitionTime } : next;
  return conditions.with(at, merged);
}
