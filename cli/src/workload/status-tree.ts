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
  const wanted = counted.reduce((sum, { replicas = 0 }) => sum + replicas, 0);
  const ready = counted.reduce((sum, each) => sum + (each.ready ?? 0), 0);
  return shade(colors, ready >= wanted)(`${ready}/${wanted} ready in ${plural(staying.length, 'cluster')}`);
}

/** A dependency is here because others need it. */
function referrers(binding: Binding | undefined, colors: Colors): readonly TreeNode[] {
  return (binding?.spec.requiredBy ?? []).map(({ namespace, name }) => ({
    text: `${colors.dim('needed by')} ${[namespace, name].filter(Boolean).join('/')}`,
  }));
}

function bindingBranch(binding: Binding, clusters: readonly ClusterStatus[], colors: Colors): TreeNode {
  const { name = '', namespace } = binding.metadata;
  // What follows others is never scheduled itself.
  const types =
    binding.spec.placement === undefined ? [fullyAppliedCondition] : [scheduledCondition, fullyAppliedCondition];
  const conditions = types.map((type) => ({ type, condition: conditionOf(binding, type) }));
  const words = conditions.map(({ type, condition }) => conditionWord(type, condition, colors));
  const problems = conditions.flatMap(({ type, condition }) =>
    condition?.status === 'False'
      ? [{ text: colors.red(`${type}: ${condition.message ?? condition.reason ?? ''}`) }]
      : [],
  );
  const shown =
    problems.length > 1 && clusters.some(({ message }) => message !== undefined) ? problems.slice(0, 1) : problems;
  return {
    text: [`${binding.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`, ...words].join('  '),
    children: [...shown, ...clusterRows(clusters, colors)],
  };
}

function conditionWord(type: string, condition: Condition | undefined, colors: Colors): string {
  switch (condition?.status) {
    case 'True':
      return colors.green(type);
    case 'False':
      return colors.red(`not ${type}${condition.reason === undefined ? '' : ` (${condition.reason})`}`);
    case 'Unknown':
    case undefined:
      return colors.dim(`${type} unknown`);
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
  const { cluster, replicas, ready, applied, health, isLeaving } = status;
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
    if (applied === 'waiting') return colors.yellow('waiting');
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
