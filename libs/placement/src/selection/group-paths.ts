/**
 * Which groups to take: depth-first over sets of groups with as many groups as allowed and enough clusters together; a set is not extended once it satisfies.
 * The best set has the highest sum of scores, then the most clusters, then was found first; but if a smaller feasible set is the front part
 * of the best one (groups by score, then name), the smaller one is enough.
 *
 * The number of sets grows fast, so the search stops after {@link pathsMax} satisfying sets or {@link stepsMax} steps: with the groups in a fixed order
 * the answer stays the same for the same input.
 */
import type { ClusterGroup } from './cluster-group.ts';

export interface GroupDemand {
  readonly groupsMin: number;
  readonly groupsMax: number;
  readonly clustersMin: number;
}

interface Path {
  /** By score desc, then name. */
  readonly groups: readonly ClusterGroup[];
  readonly score: number;
  readonly clusters: number;
}

export const pathsMax = 20_000;
export const stepsMax = 200_000;

/** Undefined when no set satisfies. */
export function chooseGroups(
  groups: readonly ClusterGroup[],
  demand: GroupDemand,
): readonly ClusterGroup[] | undefined {
  const paths = findPaths(groups.toSorted(bySize), demand);
  let best: Path | undefined;
  for (const path of paths) if (best === undefined || isBetter(path, best)) best = path;
  if (best === undefined) return undefined;
  const front = paths.filter((path) => path !== best && isFrontOf(path, best)).toSorted(byLength)[0];
  return (front ?? best).groups;
}

function findPaths(
  sorted: readonly ClusterGroup[],
  { groupsMin, groupsMax, clustersMin }: GroupDemand,
): readonly Path[] {
  const paths: Path[] = [];
  const stack: ClusterGroup[] = [];
  let steps = 0;
  const visit = (from: number, clusters: number): void => {
    steps += 1;
    if (paths.length >= pathsMax || steps > stepsMax) return;
    if (stack.length >= groupsMin && stack.length > 0 && clusters >= clustersMin) {
      paths.push(createPath(stack, clusters));
      return;
    }
    if (stack.length >= groupsMax) return;
    for (let index = from; index < sorted.length; index += 1) {
      const group = sorted[index];
      if (group === undefined) break;
      stack.push(group);
      visit(index + 1, clusters + group.members.length);
      stack.pop();
    }
  };
  visit(0, 0);
  return paths;
}

function createPath(stack: readonly ClusterGroup[], clusters: number): Path {
  return {
    groups: stack.toSorted((left, right) => right.score - left.score || compareNames(left, right)),
    score: stack.reduce((sum, { score }) => sum + score, 0),
    clusters,
  };
}

function bySize(left: ClusterGroup, right: ClusterGroup): number {
  return left.members.length - right.members.length || right.score - left.score || compareNames(left, right);
}

function compareNames(left: ClusterGroup, right: ClusterGroup): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

function byLength(left: Path, right: Path): number {
  return left.groups.length - right.groups.length;
}

function isBetter(path: Path, best: Path): boolean {
  return path.score !== best.score ? path.score > best.score : path.clusters > best.clusters;
}

function isFrontOf(path: Path, best: Path): boolean {
  return path.groups.length < best.groups.length && path.groups.every((group, index) => group === best.groups[index]);
}
