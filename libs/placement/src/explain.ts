/** Stored reasons as text for people: what `flotilla explain` prints. Works on a binding as it comes from the API. */
import type { ClusterResourceBinding, ResourceBinding } from '@flotilla/kinds/karmada/work';
import type { PolicyReasons } from './policy/policy-reasons.ts';
import {
  namedClustersMax,
  type CandidateRow,
  type DecisionReasons,
  type DivisionReasons,
  type RejectedClusters,
  type SelectionReasons,
  type VoteRow,
} from './reasons.ts';

/** Annotation of bindings that holds {@link StoredReasons} as JSON. */
export const decisionAnnotation = 'scheduler.flotilla.io/decision';

export interface StoredReasons {
  readonly version: 1;
  readonly policy?: PolicyReasons;
  readonly placement?: DecisionReasons;
}

export interface Explanation {
  readonly reasons: StoredReasons | undefined;
  readonly lines: readonly string[];
}

export function explainBinding({ metadata, spec }: ResourceBinding | ClusterResourceBinding): Explanation {
  const reasons = parseReasons(metadata.annotations?.[decisionAnnotation]);
  const target = `${spec.resource.kind} ${[spec.resource.namespace, spec.resource.name].filter(Boolean).join('/')}`;
  if (reasons === undefined) {
    const why =
      spec.placement === undefined ? 'it follows the workloads that refer to it' : 'no decision is recorded yet';
    return { reasons, lines: [`${target}: ${why}`, ...requiredByLines(spec.requiredBy)] };
  }
  return {
    reasons,
    lines: [
      `${target}: ${(spec.clusters ?? []).map(formatTarget).join(', ') || 'in no cluster'}`,
      ...(reasons.policy === undefined ? [] : explainPolicy(reasons.policy)),
      ...(reasons.placement === undefined ? [] : explainDecision(reasons.placement)),
      ...requiredByLines(spec.requiredBy),
    ],
  };
}

function parseReasons(json: string | undefined): StoredReasons | undefined {
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return isStoredReasons(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isStoredReasons(value: unknown): value is StoredReasons {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
}

function formatTarget({ name, replicas }: { readonly name: string; readonly replicas?: number }): string {
  return replicas === undefined ? name : `${name}: ${replicas}`;
}

function requiredByLines(
  requiredBy: readonly { readonly namespace?: string; readonly name: string }[] | undefined,
): readonly string[] {
  return (requiredBy ?? []).map(
    ({ namespace, name }) => `required by ${[namespace, name].filter(Boolean).join('/')}: it goes to the same clusters`,
  );
}

export function explainPolicy(policy: PolicyReasons): readonly string[] {
  const lines = [`policy ${policy.policy}: ${policy.why}`];
  for (const other of policy.over ?? []) lines.push(`  preferred to ${other.policy}: ${other.why}`);
  if (policy.more !== undefined) lines.push(`  and to ${policy.more} more`);
  return lines;
}

export function explainDecision(reasons: DecisionReasons): readonly string[] {
  return [
    ...(reasons.attempts ?? []).map(({ affinity, message }) => `affinity ${affinity} failed: ${message}`),
    `${reasons.affinity === undefined ? '' : `affinity ${reasons.affinity}: `}${reasons.message} (${reasons.strategy}${reasons.isFresh === true ? ', placed afresh' : ''}; ${reasons.clusters} clusters looked at)`,
    ...reasons.rejected.map(explainRejection),
    ...(reasons.selection === undefined ? [] : explainSelection(reasons.selection)),
    ...(reasons.division ?? []).flatMap(explainDivision),
    ...(reasons.notes ?? []).map((note) => `note: ${note}`),
  ];
}

function explainRejection({ filter, reason, detail, clusters, more }: RejectedClusters): string {
  const suffix = more === undefined ? '' : ` and ${more} more`;
  return `not in ${clusters.join(', ')}${suffix}: ${reason}${detail === undefined ? '' : ` (${detail})`} [${filter}]`;
}

function explainSelection(selection: SelectionReasons): readonly string[] {
  const lines: string[] = [];
  for (const [group, score, clusters, available] of selection.groups ?? []) {
    const isChosen = selection.chosenGroups?.includes(group) === true;
    lines.push(
      `${selection.dimension} ${group}${isChosen ? ' (chosen)' : ''}: score ${score}, clusters ${clusters}${roomOf(
        available,
      )
        .map((room) => `, ${room}`)
        .join('')}`,
    );
  }
  const chosen = selection.chosen === undefined ? undefined : new Set(selection.chosen);
  for (const row of selection.candidates ?? []) lines.push(explainCandidate(row, chosen));
  if (selection.more !== undefined) lines.push(`… ${selection.more} more candidates`);
  if (selection.candidates === undefined && selection.method === 'all') lines.push('every feasible cluster is used');
  return lines;
}

/** Largest int32: what stands for "not limited", as for kinds without replicas. */
const unlimited = 2_147_483_647;

function roomOf(available: number): readonly string[] {
  return available >= unlimited ? [] : [`room ${available}`];
}

/** Beyond the stored names nothing is said about being chosen. */
function explainCandidate(
  [cluster, score, available, assigned, tier]: CandidateRow,
  chosen: ReadonlySet<string> | undefined,
): string {
  const isKnown = chosen !== undefined && (chosen.has(cluster) || chosen.size < namedClustersMax);
  const verdict = isKnown ? (chosen.has(cluster) ? 'selected' : 'not selected') : 'candidate';
  const parts = [`score ${score}`, ...roomOf(available)];
  if (assigned > 0) parts.push(`has ${assigned}`);
  if (tier > 0) parts.push(`overflow tier ${tier}`);
  return `${verdict} ${cluster}: ${parts.join(', ')}`;
}

const modes: Readonly<Record<string, string>> = {
  'scale-up': 'added by room',
  'scale-down': 'reduced in proportion',
  'from-zero': 'divided from zero by room',
  static: 'divided by weight',
  keep: 'kept as it is',
};

function explainDivision(division: DivisionReasons): readonly string[] {
  const tier = division.tier === undefined ? '' : `tier ${division.tier}: `;
  switch (division.method) {
    case 'duplicated':
      return [`${tier}each cluster gets all ${division.want ?? 0} replicas`];
    case 'presence':
      return ['it has no replicas: present in each selected cluster'];
    case 'component-sets':
      return ['a complete set of its components goes to one cluster'];
    default: {
      const lines = [
        `${tier}${division.want ?? 0} replicas, ${modes[division.mode ?? ''] ?? 'divided'}${countOf(division)}`,
      ];
      for (const row of division.votes ?? []) lines.push(explainVotes(row));
      if (division.shortfall !== undefined) lines.push(`  ${division.shortfall} replicas have no room`);
      return lines;
    }
  }
}

function countOf({ have, seats, mode, tie }: DivisionReasons): string {
  if (mode === 'keep' || seats === undefined) return '';
  const had = have !== undefined && have > 0 ? `, ${have} were there` : '';
  return ` (${seats} handed out${had}; equal claims by name ${tie ?? 'ascending'})`;
}

function explainVotes([cluster, votes, seats]: VoteRow): string {
  return `  ${cluster}: votes ${votes} → ${seats}`;
}
