/**
 * What has to be written for one template: its claim, and its binding, in one all-or-nothing commit. Reads the world as it is now and says nothing when all is as it should be, so it
 * may be called at any time for any reason.
 */
import { decideClaim, readClaim, type Claim, type ClaimDecision } from '@flotilla/placement/policy/claim';
import { isSamePolicy, templateFacts, type CompiledPolicy } from '@flotilla/placement/policy/compiled-policy';
import { withClaim } from '@flotilla/placement/policy/claim-markers';
import type { PolicyIndex } from '@flotilla/placement/policy/policy-index';
import { claimedByLabel, dependedByLabelPrefix, propagationFinalizer } from '@flotilla/kinds/karmada/well-known';
import type { KubeObject, ObjectMeta } from '@flotilla/kinds/kube-object';
import type { ResourceBindingSpec } from '@flotilla/kinds/karmada/work';
import type { ObjectStore, ObjectWrite, StoredObject } from '@flotilla/store/object-store';
import { planBinding, type BindingPlan, type BindingPlanDeps } from './binding-plan.ts';
import { bindingOf } from './binding.ts';
import { deletionOf } from './binding-deletion.ts';
import { specAsItIs, specForReferrers, specFromPolicy } from './binding-spec.ts';
import type { Bindings } from './bindings.ts';
import type { Dependents, Referrer } from './dependents.ts';
import { contentHash, isActivated, lazyContentAnnotation } from './lazy-activation.ts';
import { checkRequirements, type PolicyRequirements, type Unmet } from './policy-requirements.ts';
import type { TemplateInterpreter } from './ports.ts';
import { parseTemplateKey, type TemplateKey } from './template-key.ts';

export interface TemplatePlanDeps extends BindingPlanDeps {
  readonly store: ObjectStore;
  readonly interpreter: TemplateInterpreter;
  readonly policies: PolicyIndex;
  readonly bindings: Bindings;
  readonly dependents: Dependents;
  readonly policyRevision: (policy: CompiledPolicy) => number;
}

export interface TemplatePlan {
  readonly writes: readonly ObjectWrite[];
  readonly claim?: ClaimDecision;
  readonly binding?: BindingPlan;
  /** The policy waits for something; nothing is written for it. */
  readonly unmet?: Unmet;
  /** Those that need the template disagree about how to treat it; the stronger wish counts. */
  readonly hasReferrerConflict?: boolean;
}

const nothing: TemplatePlan = { writes: [] };

export function planTemplate(deps: TemplatePlanDeps, key: TemplateKey): TemplatePlan {
  const { store, bindings } = deps;
  const { resource, namespace, name } = parseTemplateKey(key);
  const stored = store.get(resource, namespace, name);
  const binding = bindings.of(key);
  if (stored === undefined || isOfFormerTemplate(stored.object, binding)) {
    return binding === undefined || !isOurs(binding) ? nothing : { writes: deletionOf(binding, deps.now()) };
  }
  const { metadata } = stored.object;
  const isLeaving = binding?.object.metadata.deletionTimestamp !== undefined;
  if (isLeaving || metadata.deletionTimestamp !== undefined || metadata.labels?.[claimedByLabel] !== undefined) {
    return nothing;
  }
  const held = readClaim(metadata) ?? (binding === undefined ? undefined : readClaim(binding.object.metadata));
  const claim = decideClaim(templateFacts(stored.object), held, deps.policies);
  const referrers = deps.dependents.referrersOf(key, stored.object);
  return claim.kind === 'claimed'
    ? planClaimed(deps, { key, stored, binding, held, referrers }, claim)
    : planUnclaimed(deps, { key, stored, binding, held, referrers }, claim);
}

/** The template was deleted and made anew under its name: the old binding has to go first. */
function isOfFormerTemplate({ metadata }: KubeObject, binding: StoredObject | undefined): boolean {
  const uid = binding === undefined ? undefined : bindingOf(binding).spec.resource.uid;
  return uid !== undefined && uid !== '' && uid !== metadata.uid;
}

/** Others may keep bindings, too; only what was made here is deleted here. */
function isOurs({ object }: StoredObject): boolean {
  return object.metadata.finalizers?.includes(propagationFinalizer) === true;
}

function wasAttached({ object }: StoredObject): boolean {
  return Object.keys(object.metadata.labels ?? {}).some((key) => key.startsWith(dependedByLabelPrefix));
}

interface Subject {
  readonly key: TemplateKey;
  readonly stored: StoredObject;
  readonly binding: StoredObject | undefined;
  readonly held: Claim | undefined;
  readonly referrers: readonly Referrer[];
}

function planClaimed(
  deps: TemplatePlanDeps,
  subject: Subject,
  claim: Extract<ClaimDecision, { kind: 'claimed' }>,
): TemplatePlan {
  const { policy } = claim;
  const requirements = checkRequirements(deps.store, policy);
  if (requirements.kind === 'unmet') return { writes: [], claim, unmet: requirements };
  const { stored, binding, referrers } = subject;
  const lazy = planLazy(deps, subject, policy);
  const metadata = lazy.metadata(withClaim(stored.object.metadata, policy));
  const spec = specOfClaimed(deps, subject, policy, requirements, lazy.isActive);
  const plan =
    spec === undefined
      ? undefined
      : planBinding(deps, {
          key: subject.key,
          template: stored,
          binding,
          spec,
          policy,
          isPolicyInEffect: lazy.isActive,
          policyReasons: claim.reasons,
          referrers,
        });
  return { writes: [...templateWrites(stored, metadata), ...(plan?.writes ?? [])], claim, ...withPlan(plan) };
}

function specOfClaimed(
  deps: TemplatePlanDeps,
  { stored, binding, referrers }: Subject,
  policy: CompiledPolicy,
  { priority }: PolicyRequirements,
  isActive: boolean,
): ResourceBindingSpec | undefined {
  const current = binding === undefined ? undefined : bindingOf(binding).spec;
  const input = { template: stored.object, current, interpreter: deps.interpreter, referrers };
  if (isActive) return specFromPolicy(input, policy.source.spec, priority);
  if (current !== undefined) return specAsItIs(current, referrers);
  return referrers.length > 0 ? specForReferrers(input) : undefined;
}

interface LazyPlan {
  readonly isActive: boolean;
  readonly metadata: (metadata: ObjectMeta) => ObjectMeta;
}

function planLazy({ policyRevision }: TemplatePlanDeps, { stored, held }: Subject, policy: CompiledPolicy): LazyPlan {
  if (policy.source.spec.activationPreference !== 'Lazy') {
    return { isActive: true, metadata: (metadata) => withAnnotation(metadata, lazyContentAnnotation, undefined) };
  }
  const template = stored.object;
  const hash = contentHash(template);
  const isHolder = held !== undefined && isSamePolicy(held, policy) && held.permanentId === policy.permanentId;
  const isActive = isActivated({
    template,
    isHolder,
    hash,
    templateRevision: stored.revision,
    policyRevision: policyRevision(policy),
  });
  return { isActive, metadata: (metadata) => withAnnotation(metadata, lazyContentAnnotation, hash) };
}

/** The same object when nothing changes. */
function withAnnotation(metadata: ObjectMeta, key: string, value: string | undefined): ObjectMeta {
  if (metadata.annotations?.[key] === value) return metadata;
  const { [key]: _, ...rest } = metadata.annotations ?? {};
  return { ...metadata, annotations: value === undefined ? rest : { ...rest, [key]: value } };
}

/** Released templates keep their placement; what others need is attached; the rest isn't our business. */
function planUnclaimed(deps: TemplatePlanDeps, subject: Subject, claim: ClaimDecision): TemplatePlan {
  const { stored, binding, referrers } = subject;
  const metadata = withAnnotation(withClaim(stored.object.metadata, undefined), lazyContentAnnotation, undefined);
  const writes = templateWrites(stored, metadata);
  const current = binding === undefined ? undefined : bindingOf(binding).spec;
  const isOwn = current?.placement !== undefined;
  if (!isOwn && referrers.length === 0) {
    const isLeft = binding !== undefined && isOurs(binding) && wasAttached(binding);
    return { writes: [...writes, ...(isLeft ? deletionOf(binding, deps.now()) : [])], claim };
  }
  const input = { template: stored.object, current, interpreter: deps.interpreter, referrers };
  const spec = isOwn ? specAsItIs(current, referrers) : specForReferrers(input);
  const plan = planBinding(deps, {
    key: subject.key,
    template: stored,
    binding,
    spec,
    policy: undefined,
    isPolicyInEffect: false,
    policyReasons: undefined,
    referrers,
  });
  return {
    writes: [...writes, ...plan.writes],
    claim,
    ...withPlan(plan),
    hasReferrerConflict: !isOwn && doDisagree(referrers),
  };
}

function doDisagree(referrers: readonly Referrer[]): boolean {
  const [first] = referrers;
  return referrers.some(
    ({ conflictResolution, preserveResourcesOnDeletion }) =>
      (conflictResolution ?? 'Abort') !== (first?.conflictResolution ?? 'Abort') ||
      preserveResourcesOnDeletion !== first?.preserveResourcesOnDeletion,
  );
}

function withPlan(binding: BindingPlan | undefined): { readonly binding?: BindingPlan } {
  return binding === undefined ? {} : { binding };
}

/** Claiming touches metadata only, so the generation stays. */
function templateWrites(
  { resource, namespace, name, revision, object }: StoredObject,
  metadata: ObjectMeta,
): readonly ObjectWrite[] {
  if (metadata === object.metadata) return [];
  return [{ resource, namespace, name, object: { ...object, metadata }, expect: revision }];
}
