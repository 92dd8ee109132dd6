/** What a binding says before clusters are chosen (pure): from the template, its policy and who refers to it. Decisions that are in the binding already are carried over. */
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { PropagationSpec } from '@flotilla/kinds/karmada/policy';
import type { BindingSuspension, ResourceBindingSpec } from '@flotilla/kinds/karmada/work';
import {
  conflictResolutionAnnotation,
  conflictResolutionOverwrite,
  defaultSchedulerName,
} from '@flotilla/kinds/karmada/well-known';
import type { Referrer } from './dependents.ts';
import type { TemplateInterpreter } from './ports.ts';

type Draft = { -readonly [Field in keyof ResourceBindingSpec]: ResourceBindingSpec[Field] };

export interface SpecInput {
  readonly template: KubeObject;
  readonly current: ResourceBindingSpec | undefined;
  readonly interpreter: TemplateInterpreter;
  readonly referrers: readonly Referrer[];
}

/** For a template that a policy has claimed. `priority`: value of the policy's priority class. */
export function specFromPolicy(
  input: SpecInput,
  policy: PropagationSpec,
  priority: number | undefined,
): ResourceBindingSpec {
  const { template, current } = input;
  const spec: Draft = {
    ...templatePart(input),
    propagateDeps: policy.propagateDeps === true || policy.association === true,
    placement: policy.placement ?? {},
    schedulerName: policy.schedulerName ?? defaultSchedulerName,
    conflictResolution: policy.conflictResolution ?? 'Abort',
  };
  if (policy.failover !== undefined) spec.failover = policy.failover;
  if (policy.preserveResourcesOnDeletion !== undefined) {
    spec.preserveResourcesOnDeletion = policy.preserveResourcesOnDeletion;
  }
  const suspension = suspensionOf(policy, current);
  if (suspension !== undefined) spec.suspension = suspension;
  if (priority !== undefined) spec.schedulePriority = { priority };
  const groups = affinityGroups(policy, template);
  if (groups !== undefined) spec.workloadAffinityGroups = groups;
  return carryOver(spec, current);
}

/** For a template that no policy has claimed, but that others need: no placement, so it's never placed by itself. */
export function specForReferrers(input: SpecInput): ResourceBindingSpec {
  const { referrers, template } = input;
  const isOverwrite =
    template.metadata.annotations?.[conflictResolutionAnnotation] === conflictResolutionOverwrite ||
    referrers.some(({ conflictResolution }) => conflictResolution === 'Overwrite');
  return {
    ...templatePart(input),
    conflictResolution: isOverwrite ? 'Overwrite' : 'Abort',
    ...(referrers.some(({ preserveResourcesOnDeletion }) => preserveResourcesOnDeletion)
      ? { preserveResourcesOnDeletion: true }
      : {}),
  };
}

/** For a binding whose policy let go of it: everything stays but who refers to it. */
export function specAsItIs(current: ResourceBindingSpec, referrers: readonly Referrer[]): ResourceBindingSpec {
  const { requiredBy: _, ...rest } = current;
  return referrers.length === 0 ? rest : { ...rest, requiredBy: referrers.map(({ snapshot }) => snapshot) };
}

/** `resourceVersion` is the revision that the decision was made from; it's no reason to write by itself. */
function templatePart({ template, interpreter, referrers }: SpecInput): Draft {
  const { apiVersion, kind, metadata } = template;
  const spec: Draft = {
    resource: {
      apiVersion,
      kind,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      name: metadata.name ?? '',
      uid: metadata.uid ?? '',
      resourceVersion: metadata.resourceVersion ?? '',
    },
  };
  const components = interpreter.getComponents(template);
  if (components !== undefined && components.length > 1) {
    spec.components = components;
  } else {
    const interpreted = interpreter.getReplicas(template);
    if (interpreted !== undefined) spec.replicas = interpreted.replicas;
    if (interpreted?.requirements !== undefined) spec.replicaRequirements = interpreted.requirements;
  }
  if (referrers.length > 0) spec.requiredBy = referrers.map(({ snapshot }) => snapshot);
  return spec;
}

/** What others decided and what was decided before: clusters, evictions, a wish to reschedule. */
function carryOver(spec: Draft, current: ResourceBindingSpec | undefined): ResourceBindingSpec {
  if (current?.clusters !== undefined) spec.clusters = current.clusters;
  if (current?.gracefulEvictionTasks !== undefined) spec.gracefulEvictionTasks = current.gracefulEvictionTasks;
  if (current?.rescheduleTriggeredAt !== undefined) spec.rescheduleTriggeredAt = current.rescheduleTriggeredAt;
  return spec;
}

/** Holding back the scheduling is others' business, sending is the policy's. */
function suspensionOf(
  policy: PropagationSpec,
  current: ResourceBindingSpec | undefined,
): BindingSuspension | undefined {
  const scheduling = current?.suspension?.scheduling;
  if (policy.suspension === undefined && scheduling === undefined) return undefined;
  return { ...policy.suspension, ...(scheduling === undefined ? {} : { scheduling }) };
}

/** A template without the label is in no group. */
function affinityGroups(
  { placement }: PropagationSpec,
  { metadata }: KubeObject,
): ResourceBindingSpec['workloadAffinityGroups'] {
  const groupOf = (key: string | undefined): string | undefined => {
    const value = key === undefined ? undefined : metadata.labels?.[key];
    return value === undefined ? undefined : `${key}=${value}`;
  };
  const affinityGroup = groupOf(placement?.workloadAffinity?.affinity?.groupByLabelKey);
  const antiAffinityGroup = groupOf(placement?.workloadAffinity?.antiAffinity?.groupByLabelKey);
  if (affinityGroup === undefined && antiAffinityGroup === undefined) return undefined;
  return {
    ...(affinityGroup === undefined ? {} : { affinityGroup }),
    ...(antiAffinityGroup === undefined ? {} : { antiAffinityGroup }),
  };
}
