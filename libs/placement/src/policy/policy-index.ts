/**
 * Which policies select a template. Selectors lie in buckets by reach (a namespace or everywhere), apiVersion and kind; inside a bucket by the template's name, by one
 * label value that they require, or on a list of those that require neither. A lookup touches only what can match, however many policies there are.
 */
import { labelRequirements } from '@flotilla/kinds/label-selector';
import {
  compilePolicy,
  formatPolicyRef,
  type AnyPropagationPolicy,
  type CompiledPolicy,
  type CompiledSelector,
  type MatchStrength,
  type PolicyRef,
  type TemplateFacts,
} from './compiled-policy.ts';

export interface PolicyMatch {
  readonly policy: CompiledPolicy;
  /** Of the policy's best matching selector. */
  readonly strength: MatchStrength;
}

export interface PolicyIndex {
  /** Adds or replaces. Returns the compiled policy. */
  set(policy: AnyPropagationPolicy): CompiledPolicy;
  remove(ref: PolicyRef): CompiledPolicy | undefined;
  get(ref: PolicyRef): CompiledPolicy | undefined;
  /** All policies that select the template, best first (see {@link comparePrecedence}); those being deleted are left out. */
  matches(template: TemplateFacts): readonly PolicyMatch[];
  /** False = certainly no policy selects templates of this kind. */
  knowsKind(kind: string): boolean;
  readonly size: number;
}

interface Entry {
  readonly policy: CompiledPolicy;
  readonly selector: CompiledSelector;
}

interface Bucket {
  readonly byName: Map<string, Set<Entry>>;
  readonly byLabel: Map<string, Set<Entry>>;
  readonly others: Set<Entry>;
}

export function createPolicyIndex(): PolicyIndex {
  const policies = new Map<string, CompiledPolicy>();
  const buckets = new Map<string, Bucket>();
  const kindCounts = new Map<string, number>();

  const remove = (ref: PolicyRef): CompiledPolicy | undefined => {
    const policy = policies.get(formatPolicyRef(ref));
    if (policy === undefined) return undefined;
    policies.delete(formatPolicyRef(ref));
    for (const selector of policy.selectors) {
      unfile(buckets, policy, selector);
      count(kindCounts, selector.source.kind, -1);
    }
    return policy;
  };

  return {
    get size() {
      return policies.size;
    },
    get: (ref) => policies.get(formatPolicyRef(ref)),
    remove,
    set(source) {
      const policy = compilePolicy(source);
      remove(policy);
      policies.set(formatPolicyRef(policy), policy);
      for (const selector of policy.selectors) {
        file(buckets, policy, selector);
        count(kindCounts, selector.source.kind, 1);
      }
      return policy;
    },
    matches: (template) => findMatches(buckets, template),
    knowsKind: (kind) => kindCounts.has(kind),
  };
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const sum = (counts.get(key) ?? 0) + change;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}

function file(buckets: Map<string, Bucket>, policy: CompiledPolicy, selector: CompiledSelector): void {
  const key = bucketKey(policy, selector);
  let bucket = buckets.get(key);
  if (bucket === undefined) {
    buckets.set(key, (bucket = { byName: new Map(), byLabel: new Map(), others: new Set() }));
  }
  const entry: Entry = { policy, selector };
  for (const set of shelvesOf(bucket, selector, true)) set.add(entry);
}

function unfile(buckets: Map<string, Bucket>, policy: CompiledPolicy, selector: CompiledSelector): void {
  const key = bucketKey(policy, selector);
  const bucket = buckets.get(key);
  if (bucket === undefined) return;
  for (const set of shelvesOf(bucket, selector, false)) {
    for (const entry of set) if (entry.selector === selector) set.delete(entry);
  }
  dropEmpty(bucket.byName);
  dropEmpty(bucket.byLabel);
  if (bucket.byName.size + bucket.byLabel.size + bucket.others.size === 0) buckets.delete(key);
}

function dropEmpty(sets: Map<string, Set<Entry>>): void {
  for (const [key, set] of sets) if (set.size === 0) sets.delete(key);
}

/** Where a selector lies in its bucket: under its name, under each value of one label that it requires, or among the others. */
function shelvesOf(bucket: Bucket, { source, strength }: CompiledSelector, creates: boolean): readonly Set<Entry>[] {
  if (strength === 3) return shelf(bucket.byName, source.name ?? '', creates);
  if (strength === 1) return [bucket.others];
  const equality = labelRequirements(source.labelSelector ?? {}).find(({ operator }) => operator === 'In');
  if (equality === undefined) return [bucket.others];
  return equality.values.flatMap((value) => shelf(bucket.byLabel, `${equality.key}=${value}`, creates));
}

function shelf(map: Map<string, Set<Entry>>, key: string, creates: boolean): readonly Set<Entry>[] {
  let set = map.get(key);
  if (set === undefined && creates) map.set(key, (set = new Set()));
  return set === undefined ? [] : [set];
}

/** Namespaced policies first: they beat cluster-wide ones whatever the priority. */
function bucketKey({ kind }: CompiledPolicy, { namespace, source }: CompiledSelector): string {
  const reach = kind === 'PropagationPolicy' ? 'ns' : 'cluster';
  return `${reach}|${namespace ?? '*'}|${source.apiVersion}|${source.kind}`;
}

function findMatches(buckets: ReadonlyMap<string, Bucket>, template: TemplateFacts): readonly PolicyMatch[] {
  const { namespace, apiVersion, kind } = template;
  const gvk = `${apiVersion}|${kind}`;
  const best = new Map<CompiledPolicy, MatchStrength>();
  if (namespace !== '') {
    collect(buckets.get(`ns|${namespace}|${gvk}`), template, best);
    collect(buckets.get(`cluster|${namespace}|${gvk}`), template, best);
  }
  collect(buckets.get(`cluster|*|${gvk}`), template, best);
  if (best.size === 0) return noMatches;
  const matches = Array.from(best, ([policy, strength]): PolicyMatch => ({ policy, strength }));
  return matches.length === 1 ? matches : matches.toSorted(comparePrecedence);
}

const noMatches: readonly PolicyMatch[] = [];

function collect(
  bucket: Bucket | undefined,
  { name, labels }: TemplateFacts,
  best: Map<CompiledPolicy, MatchStrength>,
): void {
  if (bucket === undefined) return;
  addAll(bucket.byName.get(name), labels, best);
  addAll(bucket.others, labels, best);
  if (bucket.byLabel.size === 0 || labels === undefined) return;
  for (const key of Object.keys(labels)) addAll(bucket.byLabel.get(`${key}=${labels[key]}`), labels, best);
}

function addAll(
  entries: ReadonlySet<Entry> | undefined,
  labels: TemplateFacts['labels'],
  best: Map<CompiledPolicy, MatchStrength>,
): void {
  if (entries === undefined) return;
  for (const { policy, selector } of entries) {
    if (policy.isDeleting || !selector.matchesLabels(labels)) continue;
    const known = best.get(policy);
    if (known === undefined || known < selector.strength) best.set(policy, selector.strength);
  }
}

/** Namespaced before cluster-wide; then higher priority; then the more specific selector; then the smaller name. */
export function comparePrecedence(left: PolicyMatch, right: PolicyMatch): number {
  if (left.policy.kind !== right.policy.kind) return left.policy.kind === 'PropagationPolicy' ? -1 : 1;
  if (left.policy.priority !== right.policy.priority) return right.policy.priority - left.policy.priority;
  if (left.strength !== right.strength) return right.strength - left.strength;
  return left.policy.name < right.policy.name ? -1 : left.policy.name > right.policy.name ? 1 : 0;
}
