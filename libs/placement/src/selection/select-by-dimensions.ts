/**
 * Spread over several dimensions at once (say regions and zones), or over zones where a cluster has several: a bounded depth-first search in the order of preference.
 * It takes clusters that bring a group that is still missing before others and never passes an upper limit; if it ends in a dead end it steps back, at most {@link stepsMax} times.
 */
import type { SpreadRule } from '../compiled-placement.ts';
import { sumAvailable, type Candidate } from './candidate.ts';
import { groupsOf } from './group-of.ts';
import type { Selection, SelectionDemand } from './selection.ts';

export const stepsMax = 10_000;

export function selectByDimensions(
  ordered: readonly Candidate[],
  rules: readonly SpreadRule[],
  { replicas }: SelectionDemand,
): Selection {
  const reasons = { method: 'dimensions', dimension: rules.map(({ dimension }) => dimension).join('+') };
  for (const { dimension, minGroups } of rules) {
    const groups = new Set(ordered.flatMap(({ cluster }) => groupsOf(cluster, dimension)));
    if (groups.size < minGroups) {
      const message = `the number of feasible ${dimension === 'cluster' ? 'clusters' : dimension} is less than spreadConstraint.MinGroups`;
      return { kind: 'failed', reasons, message };
    }
  }
  const core = findCore(ordered, rules);
  if (core === undefined) {
    return { kind: 'failed', reasons, message: 'no choice of clusters satisfies all spread constraints together' };
  }
  const chosen = fill(core, ordered, rules);
  if (replicas !== undefined && sumAvailable(chosen) < replicas) {
    return { kind: 'failed', reasons, message: `no enough resource when selecting ${chosen.length} clusters` };
  }
  return { kind: 'selected', chosen, reasons };
}

/** The first set, in the order of preference, that reaches every lower limit. */
function findCore(ordered: readonly Candidate[], rules: readonly SpreadRule[]): readonly Candidate[] | undefined {
  let steps = 0;
  const visit = (chosen: readonly Candidate[], from: number): readonly Candidate[] | undefined => {
    steps += 1;
    const missing = rules.filter((rule) => groupsIn(chosen, rule.dimension).size < rule.minGroups);
    if (missing.length === 0) return chosen;
    for (let index = from; index < ordered.length; index += 1) {
      const candidate = ordered[index];
      if (steps > stepsMax) break;
      if (candidate === undefined || !bringsGroup(chosen, candidate, missing)) continue;
      const next = [...chosen, candidate];
      if (!isWithinLimits(next, rules)) continue;
      const found = visit(next, index + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return visit([], 0);
}

/** Adds every further cluster that keeps within the upper limits. */
function fill(
  core: readonly Candidate[],
  ordered: readonly Candidate[],
  rules: readonly SpreadRule[],
): readonly Candidate[] {
  const chosen = [...core];
  const taken = new Set(core);
  for (const candidate of ordered) {
    if (taken.has(candidate) || !isWithinLimits([...chosen, candidate], rules)) continue;
    chosen.push(candidate);
  }
  return chosen;
}

function bringsGroup(chosen: readonly Candidate[], candidate: Candidate, missing: readonly SpreadRule[]): boolean {
  return missing.some(({ dimension }) => {
    const present = groupsIn(chosen, dimension);
    return groupsOf(candidate.cluster, dimension).some((group) => !present.has(group));
  });
}

function isWithinLimits(chosen: readonly Candidate[], rules: readonly SpreadRule[]): boolean {
  return rules.every(({ dimension, maxGroups }) => groupsIn(chosen, dimension).size <= maxGroups);
}

function groupsIn(chosen: readonly Candidate[], dimension: string): ReadonlySet<string> {
  return new Set(chosen.flatMap(({ cluster }) => groupsOf(cluster, dimension)));
}
