/**
 * Which policy a template belongs to. A claim, once made, is kept: a better policy that comes later gets the template only by preemption, or when the holder is gone,
 * is being deleted, or selects the template no more.
 */
import type { ObjectMeta } from '@flotilla/kinds/kube-object';
import {
  clusterPropagationPolicyIdLabel,
  clusterPropagationPolicyNameAnnotation,
  propagationPolicyIdLabel,
  propagationPolicyNameAnnotation,
  propagationPolicyNamespaceAnnotation,
} from '@flotilla/kinds/karmada/well-known';
import {
  formatPolicyRef,
  isSamePolicy,
  type CompiledPolicy,
  type PolicyRef,
  type TemplateFacts,
} from './compiled-policy.ts';
import type { PolicyIndex, PolicyMatch } from './policy-index.ts';
import { rivalsNamedMax, type PolicyReasons } from './policy-reasons.ts';

/** The claim as the template's labels and annotations tell it. */
export interface Claim extends PolicyRef {
  readonly permanentId: string;
}

export type ClaimDecision =
  | {
      readonly kind: 'claimed';
      readonly policy: CompiledPolicy;
      readonly change: 'kept' | 'claimed' | 'preempted';
      /** Who held it before, when that is another policy. */
      readonly previous?: PolicyRef;
      readonly reasons: PolicyReasons;
    }
  | { readonly kind: 'unclaimed'; readonly released?: { readonly policy: PolicyRef; readonly why: string } };

/** A namespaced policy's claim counts before a cluster-wide one's; an incomplete set of markers is no claim. */
export function readClaim({ labels, annotations }: ObjectMeta): Claim | undefined {
  const id = labels?.[propagationPolicyIdLabel];
  const namespace = annotations?.[propagationPolicyNamespaceAnnotation];
  const name = annotations?.[propagationPolicyNameAnnotation];
  if (id !== undefined && namespace !== undefined && name !== undefined) {
    return { kind: 'PropagationPolicy', namespace, name, permanentId: id };
  }
  const clusterId = labels?.[clusterPropagationPolicyIdLabel];
  const clusterName = annotations?.[clusterPropagationPolicyNameAnnotation];
  if (clusterId === undefined || clusterName === undefined) return undefined;
  return { kind: 'ClusterPropagationPolicy', namespace: '', name: clusterName, permanentId: clusterId };
}

export function decideClaim(template: TemplateFacts, claim: Claim | undefined, index: PolicyIndex): ClaimDecision {
  const matches = index.matches(template);
  const holder = matches.find(
    ({ policy }) => claim !== undefined && isSamePolicy(policy, claim) && policy.permanentId === claim.permanentId,
  );
  if (holder !== undefined) {
    const preemptor = matches.find(({ policy }) => mayPreempt(policy, holder.policy));
    return preemptor === undefined ? keep(holder, matches) : take(preemptor, matches, 'preempted', holder.policy);
  }
  const [best] = matches;
  if (best !== undefined) return take(best, matches, 'claimed', claim);
  if (claim === undefined) return { kind: 'unclaimed' };
  return { kind: 'unclaimed', released: { policy: toRef(claim), why: whyReleased(claim, index) } };
}

/** Equal priority never preempts; a namespaced policy preempts any cluster-wide one, never the reverse. */
function mayPreempt(policy: CompiledPolicy, holder: CompiledPolicy): boolean {
  if (!policy.preempts || policy === holder) return false;
  if (policy.kind !== holder.kind) return policy.kind === 'PropagationPolicy';
  return policy.priority > holder.priority;
}

function keep(holder: PolicyMatch, matches: readonly PolicyMatch[]): ClaimDecision {
  const isBest = matches[0] === holder;
  const why = isBest ? describe(holder) : `${describe(holder)}; it claimed the template first`;
  return { kind: 'claimed', policy: holder.policy, change: 'kept', reasons: reasonsFor(holder, matches, why) };
}

function take(
  match: PolicyMatch,
  matches: readonly PolicyMatch[],
  change: 'claimed' | 'preempted',
  previous: PolicyRef | undefined,
): ClaimDecision {
  const isOther = previous !== undefined && !isSamePolicy(previous, match.policy);
  const why =
    change === 'preempted' && previous !== undefined
      ? `${describe(match)}; preempted ${formatPolicyRef(previous)}`
      : describe(match);
  return {
    kind: 'claimed',
    policy: match.policy,
    change,
    ...(isOther ? { previous: toRef(previous) } : {}),
    reasons: reasonsFor(match, matches, why),
  };
}

function toRef({ kind, namespace, name }: PolicyRef): PolicyRef {
  return { kind, namespace, name };
}

function whyReleased(claim: Claim, index: PolicyIndex): string {
  const policy = index.get(claim);
  if (policy === undefined) return 'the policy is gone';
  if (policy.isDeleting) return 'the policy is being deleted';
  return policy.permanentId === claim.permanentId
    ? 'the policy selects the template no more'
    : 'the policy was made anew under the same name';
}

const strengths = { 1: 'all of the kind', 2: 'by labels', 3: 'by name' } as const;

function describe({ policy, strength }: PolicyMatch): string {
  return `selects ${strengths[strength]}, priority ${policy.priority}`;
}

function reasonsFor(winner: PolicyMatch, matches: readonly PolicyMatch[], why: string): PolicyReasons {
  const rivals = matches.filter((match) => match !== winner);
  const over = rivals
    .slice(0, rivalsNamedMax)
    .map((rival) => ({ policy: formatPolicyRef(rival.policy), why: compareText(winner, rival) }));
  return {
    policy: formatPolicyRef(winner.policy),
    why,
    ...(over.length > 0 ? { over } : {}),
    ...(rivals.length > over.length ? { more: rivals.length - over.length } : {}),
  };
}

function compareText(winner: PolicyMatch, rival: PolicyMatch): string {
  const { policy } = winner;
  const other = rival.policy;
  if (policy.kind !== other.kind) {
    return policy.kind === 'PropagationPolicy'
      ? 'cluster-wide policies come after namespaced ones'
      : 'came after the template was claimed and does not preempt';
  }
  if (policy.priority > other.priority) return `priority ${other.priority} is lower than ${policy.priority}`;
  if (policy.priority < other.priority) {
    return `priority ${other.priority} is higher, but it came after the claim and does not preempt`;
  }
  if (winner.strength > rival.strength) return `selects only ${strengths[rival.strength]}`;
  if (winner.strength < rival.strength) return `selects ${strengths[rival.strength]}, but came after the claim`;
  return policy.name < other.name ? 'its name sorts later' : 'its name sorts first, but it came after the claim';
}
