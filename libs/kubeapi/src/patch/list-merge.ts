/** Merging of lists in a strategic merge patch, and the order of what comes out. */
import { canonicalJson, isRecord, type JsonRecord } from './json-value.ts';
import { directiveOf, PATCH_DIRECTIVE, withoutDirectives } from './merge-directives.ts';
import { PatchProblem } from './patch-problem.ts';

type MergeItem = (original: JsonRecord, patch: JsonRecord) => JsonRecord;

/** Union of two lists of scalars without duplicates, ordered as {@link orderList}. */
export function uniteScalars(original: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  if (original.some(isRecord) || patch.some(isRecord)) {
    throw new PatchProblem('invalid', 'cannot merge lists of objects without merge key');
  }
  return orderList([...new Set([...original, ...patch])], patch, original, undefined);
}

/** Merges lists of objects by the value of `mergeKey`. */
export function mergeObjectList(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
  field: string,
  mergeItem: MergeItem,
): readonly unknown[] {
  const { changes, deletions, isReplacement } = readListPatch(patch, mergeKey, field);
  if (isReplacement) return changes;
  const merged = original.filter((item) => !deletions.has(keyOf(item, mergeKey)));
  const positions = new Map(ranksOf(merged, mergeKey));
  for (const change of changes) {
    const key = requiredKey(change, mergeKey, field);
    const position = positions.get(key);
    const before = position === undefined ? undefined : merged[position];
    if (position === undefined || !isRecord(before)) {
      positions.set(key, merged.push(withoutDirectives(change)) - 1);
    } else {
      merged[position] = mergeItem(before, change);
    }
  }
  const ordered = orderList(merged, changes, original, mergeKey);
  const isSame = ordered.length === original.length && ordered.every((item, index) => item === original[index]);
  return isSame ? original : ordered;
}

interface ListPatch {
  readonly changes: readonly JsonRecord[];
  /** Keys of items to delete. */
  readonly deletions: ReadonlySet<string | undefined>;
  readonly isReplacement: boolean;
}

function readListPatch(patch: readonly unknown[], mergeKey: string, field: string): ListPatch {
  const changes: JsonRecord[] = [];
  const deletions = new Set<string>();
  let isReplacement = false;
  for (const item of patch) {
    if (!isRecord(item)) throw new PatchProblem('invalid', `the items of ${field} must be objects`);
    const directive = directiveOf(item);
    if (directive === 'delete') {
      deletions.add(requiredKey(item, mergeKey, field));
    } else if (directive === 'replace') {
      isReplacement = true;
    } else if (directive === 'merge') {
      throw new PatchProblem('invalid', 'merging lists cannot yet be specified in the patch');
    } else {
      changes.push(item);
    }
  }
  return { changes, deletions, isReplacement };
}

function requiredKey(item: JsonRecord, mergeKey: string, field: string): string {
  const key = keyOf(item, mergeKey);
  if (key !== undefined) return key;
  const what = item[PATCH_DIRECTIVE] === undefined ? 'an item' : 'a deleted item';
  throw new PatchProblem('invalid', `${what} of ${field} does not contain declared merge key: ${mergeKey}`);
}

function keyOf(item: unknown, mergeKey: string | undefined): string | undefined {
  if (mergeKey === undefined || mergeKey === '') return canonicalJson(item);
  const value = isRecord(item) ? item[mergeKey] : undefined;
  return value === undefined ? undefined : canonicalJson(value);
}

/**
 * Orders a merged list: items that `order` names in that order, the others as they were in `before`. The two are zipped: an item of the second kind goes first
 * when `before` had it in front of the next named one.
 */
export function orderList(
  merged: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
  mergeKey: string | undefined,
): readonly unknown[] {
  const orderRank = ranksOf(order, mergeKey);
  const beforeRank = ranksOf(before, mergeKey);
  const rankIn = (ranks: ReadonlyMap<string | undefined, number>, item: unknown): number =>
    ranks.get(keyOf(item, mergeKey)) ?? Number.POSITIVE_INFINITY;
  const named = sortByRank(merged, orderRank, rankIn);
  const others = sortByRank(
    merged.filter((item) => !orderRank.has(keyOf(item, mergeKey))),
    beforeRank,
    rankIn,
  );
  const result: unknown[] = [];
  let next = 0;
  for (const item of named.filter((candidate) => orderRank.has(keyOf(candidate, mergeKey)))) {
    const rank = beforeRank.get(keyOf(item, mergeKey));
    while (rank !== undefined && next < others.length && rankIn(beforeRank, others[next]) < rank) {
      result.push(others[next++]);
    }
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}

function sortByRank(
  items: readonly unknown[],
  ranks: ReadonlyMap<string | undefined, number>,
  rankIn: (ranks: ReadonlyMap<string | undefined, number>, item: unknown) => number,
): readonly unknown[] {
  return items.toSorted((left, right) => {
    const leftRank = rankIn(ranks, left);
    const rightRank = rankIn(ranks, right);
    return leftRank === rightRank ? 0 : leftRank < rightRank ? -1 : 1;
  });
}

function ranksOf(items: readonly unknown[], mergeKey: string | undefined): ReadonlyMap<string | undefined, number> {
  const ranks = new Map<string | undefined, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item, mergeKey);
    if (key !== undefined && !ranks.has(key)) ranks.set(key, index);
  }
  return ranks;
}

/** The items of a patch list must come in the order that its directive names, and be named by it. */
export function requireOrder(
  changes: readonly unknown[],
  order: readonly unknown[],
  mergeKey: string | undefined,
  field: string,
): void {
  const ranks = ranksOf(order, mergeKey);
  let last = -1;
  for (const change of changes) {
    if (isRecord(change) && change[PATCH_DIRECTIVE] !== undefined) continue;
    const rank = ranks.get(keyOf(change, mergeKey));
    if (rank === undefined || rank < last) {
      throw new PatchProblem(
        'invalid',
        `the order in the patch list of ${field} doesn't match its $setElementOrder list`,
      );
    }
    last = rank;
  }
}
