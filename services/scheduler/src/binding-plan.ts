/** One binding as it should be: places the workload when that is due, and says what to write, if anything. */
import { decisionAnnotation } from '@flotilla/placement/explain';
import type { ClusterSnapshot } from '@flotilla/placement/cluster-snapshot';
import type { CompiledPlacement } from '@flotilla/placement/compiled-placement';
import type { CompiledPolicy } from '@flotilla/placement/policy/compiled-policy';
import type { PolicyReasons } from '@flotilla/placement/policy/policy-reasons';
import { appliedPlacementAnnotation, defaultSchedulerName } from '@flotilla/kinds/karmada/well-known';
import { parseApiVersion, type ObjectMeta } from '@flotilla/kinds/kube-object';
import type { ResourceBindingSpec, ResourceBindingStatus } from '@flotilla/kinds/karmada/work';
import type { ObjectStore, ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import {
  bindingApiVersion,
  bindingOf,
  bindingResource,
  familiarBindingName,
  qualifiedBindingName,
  type Binding,
} from './binding.ts';
import { bindingMetadata } from './binding-metadata.ts';
import { bindingKey } from './bindings.ts';
import type { Referrer } from './dependents.ts';
import type { PlacementCache } from './placement-cache.ts';
import type { EstimateLookup, TemplateInterpreter } from './ports.ts';
import { placementOptions } from './placement-options.ts';
import type { QuotaGuard } from './quota-guard.ts';
import { isSameJson } from './same-json.ts';
import { refuseForQuota, schedule, type SchedulingResult } from './scheduling.ts';
import { reasonsJson } from './stored-reasons.ts';
import type { TemplateKey, TemplateLocation } from './template-key.ts';
import type { WorkloadGroups } from './workload-groups.ts';

export interface BindingPlanDeps {
  readonly store: ObjectStore;
  readonly interpreter: TemplateInterpreter;
  readonly snapshot: () => ClusterSnapshot;
  readonly placements: PlacementCache;
  readonly groups: WorkloadGroups;
  readonly quotas: QuotaGuard;
  readonly estimates: EstimateLookup;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newUid: () => string;
}

export interface BindingPlanInput {
  readonly key: TemplateKey;
  readonly template: StoredObject;
  readonly binding: StoredObject | undefined;
  readonly spec: ResourceBindingSpec;
  /** Whose claim the binding carries. */
  readonly policy: CompiledPolicy | undefined;
  /** The spec is made from the policy as it is now. */
  readonly isPolicyInEffect: boolean;
  readonly policyReasons: PolicyReasons | undefined;
  readonly referrers: readonly Referrer[];
}

export interface BindingPlan {
  readonly writes: readonly ObjectWrite[];
  readonly bindingKey: string;
  readonly namespace: string;
  readonly spec: ResourceBindingSpec;
  readonly scheduling: SchedulingResult | undefined;
}

export function planBinding(deps: BindingPlanDeps, input: BindingPlanInput): BindingPlan {
  const { template, binding } = input;
  const current = binding === undefined ? undefined : bindingOf(binding);
  const location = binding ?? locationOf(deps.store, template, input.spec);
  const key = bindingKey(location);
  const decided = scheduleIfOurs(deps, input, key, current);
  const { scheduling, quotaWrites } = withinQuota(deps, location, current, decided);
  const spec = scheduling?.spec ?? input.spec;
  const isSpecSame = current !== undefined && isSameSpec(current.spec, spec);
  const generation = current === undefined ? 1 : (current.metadata.generation ?? 1) + (isSpecSame ? 0 : 1);
  const status = statusOf(scheduling, current?.status, generation);
  const applied = isAnswered(scheduling) ? appliedJson(deps, input) : undefined;
  const metadata = bindingMetadata(deps, input, location.name, current?.metadata, applied);
  const result = { bindingKey: key, namespace: location.namespace, spec, scheduling };
  const isSame = isSpecSame && isSameJson(status, current.status) && isSameMetadata(metadata, current.metadata);
  if (isSame) return { ...result, writes: [] };
  const annotations = {
    ...metadata.annotations,
    [decisionAnnotation]: reasonsJson(current?.metadata.annotations, input.policyReasons, scheduling?.reasons),
  };
  const { resource, namespace, name } = location;
  const object: Binding = {
    apiVersion: bindingApiVersion,
    kind: namespace === '' ? 'ClusterResourceBinding' : 'ResourceBinding',
    metadata: { ...metadata, annotations, generation },
    spec,
    ...(status === undefined ? {} : { status }),
  };
  return { ...result, writes: [{ resource, namespace, name, object, expect: binding?.revision ?? 0 }, ...quotaWrites] };
}

function withinQuota(
  { quotas, now }: BindingPlanDeps,
  { namespace, name }: TemplateLocation,
  current: Binding | undefined,
  decided: SchedulingResult | undefined,
): { readonly scheduling: SchedulingResult | undefined; readonly quotaWrites: readonly ObjectWrite[] } {
  if (decided?.outcome !== 'placed') return { scheduling: decided, quotaWrites: [] };
  const verdict = quotas.check(namespace, name, current?.spec, decided.spec);
  return verdict.kind === 'allowed'
    ? { scheduling: decided, quotaWrites: verdict.writes }
    : { scheduling: refuseForQuota(decided, current?.spec, verdict.message, now()), quotaWrites: [] };
}

/** The revision of the template that a decision was made from is no difference. */
function isSameSpec(before: ResourceBindingSpec, after: ResourceBindingSpec): boolean {
  const { resource: resourceBefore, ...restBefore } = before;
  const { resource: resourceAfter, ...restAfter } = after;
  return (
    resourceBefore.uid === resourceAfter.uid &&
    resourceBefore.apiVersion === resourceAfter.apiVersion &&
    isSameJson(restBefore, restAfter)
  );
}

function isSameMetadata(after: ObjectMeta, before: ObjectMeta): boolean {
  const { [decisionAnnotation]: _after, ...annotationsAfter } = after.annotations ?? {};
  const { [decisionAnnotation]: _before, ...annotationsBefore } = before.annotations ?? {};
  return (
    isSameJson(after.labels ?? {}, before.labels ?? {}) &&
    isSameJson(annotationsAfter, annotationsBefore) &&
    isSameJson(after.finalizers ?? [], before.finalizers ?? []) &&
    isSameJson(after.ownerReferences, before.ownerReferences)
  );
}

/** The familiar name, unless a template of another group has it. */
function locationOf(
  store: ObjectStore,
  { namespace }: StoredObject,
  { resource }: ResourceBindingSpec,
): TemplateLocation {
  const bindings = bindingResource(namespace);
  const familiar = familiarBindingName(resource.name ?? '', resource.kind);
  const { group } = parseApiVersion(resource.apiVersion);
  const taken = store.get(bindings, namespace, familiar);
  const isForeign = taken !== undefined && isOfOtherTemplate(bindingOf(taken), resource, group);
  const name = isForeign ? qualifiedBindingName(resource.name ?? '', resource.kind, group) : familiar;
  return { resource: bindings, namespace, name };
}

function isOfOtherTemplate({ spec }: Binding, resource: ResourceBindingSpec['resource'], group: string): boolean {
  return (
    parseApiVersion(spec.resource.apiVersion).group !== group ||
    spec.resource.kind !== resource.kind ||
    spec.resource.name !== resource.name
  );
}

/** Attached bindings have no placement; other schedulers' bindings and those that are held back aren't placed here. */
function scheduleIfOurs(
  deps: BindingPlanDeps,
  { spec, policy, isPolicyInEffect, key }: BindingPlanInput,
  ownKey: string,
  current: Binding | undefined,
): SchedulingResult | undefined {
  const { placement } = spec;
  if (placement === undefined) return undefined;
  if ((spec.schedulerName ?? defaultSchedulerName) !== defaultSchedulerName) return undefined;
  const applied = current?.metadata.annotations?.[appliedPlacementAnnotation];
  if (spec.suspension?.scheduling === true && applied === undefined) return undefined;
  const { namespace = '' } = spec.resource;
  const groups = spec.workloadAffinityGroups;
  return schedule({
    spec,
    status: current?.status,
    appliedPlacementJson: applied,
    placement: compiledOf(deps, spec, isPolicyInEffect ? policy : undefined),
    snapshot: deps.snapshot(),
    options: placementOptions(policy?.source.metadata.annotations),
    estimates: deps.estimates(key),
    affinityPeers: deps.groups.peers(namespace, groups?.affinityGroup, ownKey),
    antiAffinityPeers: deps.groups.peers(namespace, groups?.antiAffinityGroup, ownKey),
    nowMs: deps.now(),
  });
}

function compiledOf(
  { placements }: BindingPlanDeps,
  { placement = {} }: ResourceBindingSpec,
  policy: CompiledPolicy | undefined,
): CompiledPlacement {
  return policy === undefined ? placements.get(placement) : policy.placement;
}

/** Of status only what the scheduler owns is touched. */
function statusOf(
  scheduling: SchedulingResult | undefined,
  current: ResourceBindingStatus | undefined,
  generation: number,
): ResourceBindingStatus | undefined {
  return scheduling === undefined ? current : { ...scheduling.status, schedulerObservedGeneration: generation };
}

/** Where nothing could be stored as an answer, the placement is still to be applied. */
function isAnswered(scheduling: SchedulingResult | undefined): boolean {
  return scheduling?.outcome === 'placed' || scheduling?.outcome === 'no-cluster-fit';
}

function appliedJson(deps: BindingPlanDeps, { spec, policy, isPolicyInEffect }: BindingPlanInput): string {
  return compiledOf(deps, spec, isPolicyInEffect ? policy : undefined).json;
}
