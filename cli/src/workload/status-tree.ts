/** `flotilla status` as a tree (pure): template → policy → binding → clusters. */
import { fullyAppliedCondition, scheduledCondition } from '@flotilla/kinds/karmada/well-known';
import type { Condition } from '@flotilla/kinds/kube-object';

import { textTable } from '../output/text-table.ts';
import type { TreeNode } from '../output/tree.ts';
import type { Colors } from '../terminal.ts';
import { claimOf } from './claim.ts';
import type { ClusterStatus } from './cluster-status.ts';
import { conditionOf } from './remedies.ts';
import type { Binding, Workload } from './workload.ts';

export function statusTree(workload: Workload, clusters: readonly ClusterStatus[], colors: Colors): TreeNode {
  const { template, binding } = workload;
  const bindingNode = binding === undefined ? undefined : bindingBranch(binding, clusters, colors);
  const claim = claimOf(template);
  const below = bindingNode === undefined ? [] : [bindingNode];
  const children =
    claim === undefined
      ? [...referrers(binding, colors), ...below]
      : [{ text: claim, children: [...referrers(binding, colors), ...below] }];
  return {
    text: [colors.bold(titleOf(workload)), summary(workload, clusters, colors)].filter(Boolean).join('  '),
    children,
  };
}

export function titleOf({ template }: Workload): string {
  const { name = '', namespace } = template.metadata;
  return `${template.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function summary({ template, binding }: Workload, clusters: readonly ClusterStatus[], colors: Colors): string {
  if (template.metadata.deletionTimestamp !== undefined) return colors.yellow('being deleted');
  if (binding === undefined) return colors.yellow('not propagated');
  const staying = clusters.filter(({ isLeaving }) => !isLeaving);
  if (staying.length === 0) return colors.yellow('in no cluster');
  const counted = staying.filter(({ replicas, ready }) => replicas !== undefined && ready !== undefined);
  if (counted.length === 0) {
    const applied = staying.filter((each) => each.applied === 'yes').length;
    return shade(colors, applied === staying.length)(`in ${applied}/${plural(staying.length, 'cluster')}`);
  }
  const assigned = counted.reduce((sum, { replicas = 0 }) => sum + replicas, 0);
  const wanted = Math.max(assigned, asked(binding));
  const ready = counted.reduce((sum, each) => sum + (each.ready ?? 0), 0);
  return shade(colors, ready >= wanted)(`${ready}/${wanted} ready in ${plural(staying.length, 'cluster')}`);
}

/** Of replicas that are divided some may have found no place. */
function asked({ spec }: Binding): number {
  return spec.placement?.replicaScheduling?.replicaSchedulingType === 'Divided' ? (spec.replicas ?? 0) : 0;
}

/** A dependency is here because others need it. */
function referrers(binding: Binding | undefined, colors: Colors): readonly TreeNode[] {
  return (binding?.spec.requiredBy ?? []).map(({ namespace, name }) => ({
    text: `${colors.dim('needed by')} ${[namespace, name].filter(Boolean).join('/')}`,
  }));
}

function bindingBranch(binding: Binding, clusters: readonly ClusterStatus[], colors: Colors): TreeNode {
  const { name = '', namespace } = binding.metadata;
  const types = [
    // What follows others is never scheduled itself.
    ...(binding.spec.placement === undefined ? [] : [scheduledCondition]),
    // Where nothing is to be applied, nobody says how far that is.
    ...(clusters.length === 0 ? [] : [fullyAppliedCondition]),
  ];
  const conditions = types.map((type) => ({ type, condition: conditionOf(binding, type) }));
  const words = conditions.map(({ type, condition }) => conditionWord(type, condition, colors));
  const problems = conditions.flatMap(({ type, condition }) =>
    condition?.status === 'False' && !isToldBelow(condition, clusters)
      ? [{ text: colors.red(`${type}: ${condition.message ?? condition.reason ?? ''}`) }]
      : [],
  );
  return {
    text: [`${binding.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`, ...words].join('  '),
    children: [...problems, ...clusterRows(clusters, colors)],
  };
}

/** The clusters' own lines say it too, each in its place. */
function isToldBelow({ message = '' }: Condition, clusters: readonly ClusterStatus[]): boolean {
  return clusters.some((each) => each.message !== undefined && message.includes(each.message));
}

function conditionWord(type: string, condition: Condition | undefined, colors: Colors): string {
  switch (condition?.status) {
    case 'True':
      return colors.green(type);
    case 'False':
      return colors.red(`not ${type}${condition.reason === undefined ? '' : ` (${condition.reason})`}`);
    case 'Unknown':
    case undefined:
      return colors.dim(`not ${type} yet`);
  }
}

function clusterRows(clusters: readonly ClusterStatus[], colors: Colors): readonly TreeNode[] {
  const lines = textTable(
    [],
    clusters.map((status) => clusterCells(status, colors)),
  );
  return lines.map((text, index) => {
    const status = clusters[index];
    if (status === undefined) return { text };
    const notes = [
      ...(status.clusterProblem === undefined ? [] : [colors.red(status.clusterProblem)]),
      ...(status.applied === 'no' && status.message !== undefined ? [colors.red(status.message)] : []),
      ...status.overrides.map((override) => colors.dim(`changed by ${override}`)),
    ];
    return { text, children: notes.map((note) => ({ text: note })) };
  });
}

function clusterCells(status: ClusterStatus, colors: Colors): readonly string[] {
  const { cluster, replicas, ready, applied, health, isLeaving, isHeldBack = false } = status;
  const counts =
    replicas === undefined
      ? []
      : [
          plural(replicas, 'replica'),
          ...(ready === undefined ? [] : [shade(colors, ready >= replicas)(`${ready} ready`)]),
        ];
  return [cluster, ...counts, state()];

  function state(): string {
    if (isLeaving) return colors.yellow('leaving');
    if (applied === 'waiting') return colors.yellow(isHeldBack ? 'held back' : 'waiting');
    if (applied === 'no') return colors.red('not applied');
    switch (health) {
      case 'Healthy':
        return colors.green('healthy');
      case 'Unhealthy':
        return colors.red('unhealthy');
      case 'Unknown':
        return replicas === undefined ? colors.green('applied') : colors.dim('health unknown');
    }
  }
}

function shade(colors: Colors, isGood: boolean): (text: string) => string {
  return isGood ? colors.green : colors.yellow;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
