import type { PodSpec, Toleration } from '@flotilla/kinds/builtin/core/pod-types';
import { compileLabelRequirements, type LabelRequirement } from '@flotilla/kinds/label-selector';
import type { Node, Taint } from './node.ts';

export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: {
    readonly nodeSelectorTerms?: readonly NodeSelectorTerm[];
  };
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeSelectorRequirement[];
  readonly matchFields?: readonly NodeSelectorRequirement[];
}

export interface NodeSelectorRequirement {
  readonly key: string;
  readonly operator: LabelRequirement['operator'];
  readonly values?: readonly string[];
}

export function nodeAffinityOf({ affinity }: PodSpec): NodeAffinity | undefined {
  return (affinity as { readonly nodeAffinity?: NodeAffinity } | undefined)?.nodeAffinity;
}

/** nodeSelector and required node affinity. */
export function isSelected(spec: PodSpec, { metadata }: Node): boolean {
  const labels = metadata.labels ?? {};
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) if (labels[key] !== value) return false;
  const terms = nodeAffinityOf(spec)?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms === undefined || terms.some((term) => matchesTerm(term, labels, metadata.name ?? ''));
}

/** A term without requirements matches nothing. */
function matchesTerm(term: NodeSelectorTerm, labels: Readonly<Record<string, string>>, name: string): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return meets(matchExpressions, labels) && meets(matchFields, { 'metadata.name': name });
}

function meets(requirements: readonly NodeSelectorRequirement[], labels: Readonly<Record<string, string>>): boolean {
  return compileLabelRequirements(requirements.map((one) => ({ ...one, values: one.values ?? [] })))(labels);
}

/** The first taint with one of the effects that no toleration covers. */
export function untoleratedTaint(
  tolerations: readonly Toleration[],
  taints: readonly Taint[],
  effects: readonly string[],
): Taint | undefined {
  return taints.find((taint) => effects.includes(taint.effect) && !tolerations.some((one) => tolerates(one, taint)));
}

function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (key === undefined || key === '') return operator === 'Exists';
  if (key !== taint.key) return false;
  return operator === 'Exists' || (value ?? '') === (taint.value ?? '');
}
