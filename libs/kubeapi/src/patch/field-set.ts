/**
 * Sets of field paths, in the form in which managedFields stores them (FieldsV1), so that a stored set is used as it is.
 *
 * A set is a trie. Its edges are path elements: `f:<field>`, `k:<keys of a list item as JSON>`, `v:<value of a set item as JSON>`,
 * `i:<index>`. A node without edges is a member; a node with edges is a member too when it has the edge `.`. The root is never
 * a member: the empty root is the empty set. Elements are canonical text (sorted keys), so equal elements are equal strings.
 * All operations answer new sets that share what they can with their arguments; an argument is answered itself when the result equals it.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** For building a set; never changed once handed out. */
export type FieldSetDraft = Record<string, FieldSet>;

/** The node of a path that is a member and has no longer paths below it. */
export const MEMBER: FieldSet = Object.freeze({});
/** The root without members. */
export const EMPTY_SET: FieldSet = Object.freeze({});
const SELF = '.';

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether the path that leads to this (non-root) node belongs to the set. */
export function isMemberNode(node: FieldSet): boolean {
  return isEmptySet(node) || node[SELF] !== undefined;
}

/** The node with its own path made a member. */
export function asMember(node: FieldSet | undefined): FieldSet {
  if (node === undefined) return MEMBER;
  return isMemberNode(node) ? node : { [SELF]: MEMBER, ...node };
}

export function unionOf(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right || isEmptySet(right)) return left;
  if (isEmptySet(left)) return right;
  return unionOfNodes(left, right);
}

function unionOfNodes(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left;
  if (isEmptySet(right)) return asMember(left);
  if (isEmptySet(left)) return asMember(right);
  let result: FieldSetDraft | undefined;
  for (const element in right) {
    const mine = left[element];
    const theirs = right[element] ?? MEMBER;
    const merged = mine === undefined ? theirs : unionOfNodes(mine, theirs);
    if (merged !== mine) (result ??= { ...left })[element] = merged;
  }
  return result ?? left;
}

/** Members of `left` that are not members of `right`. */
export function differenceOf(left: FieldSet, right: FieldSet): FieldSet {
  return isEmptySet(left) || isEmptySet(right) ? left : (differenceOfNodes(left, right, false) ?? EMPTY_SET);
}

/** Members of `left` that are neither members of `right` nor lie below one. */
export function recursiveDifferenceOf(left: FieldSet, right: FieldSet): FieldSet {
  let result: FieldSetDraft | undefined;
  for (const element in right) {
    const mine = left[element];
    const theirs = right[element];
    if (mine === undefined || theirs === undefined) continue;
    const rest = isMemberNode(theirs) ? undefined : recursiveDifferenceOf(mine, theirs);
    if (rest === mine) continue;
    result ??= { ...left };
    const kept = rest === undefined ? undefined : compact(rest);
    if (kept === undefined) delete result[element];
    else result[element] = kept;
  }
  return result ?? left;
}

/** `undefined` when nothing is left of a node. Inner nodes carry membership, the root does not. */
function differenceOfNodes(left: FieldSet, right: FieldSet, isInner: boolean): FieldSet | undefined {
  if (isInner && isEmptySet(left)) return isMemberNode(right) ? undefined : left;
  let result: FieldSetDraft | undefined;
  if (isInner && isEmptySet(right)) {
    if (left[SELF] === undefined) return left;
    const { [SELF]: _, ...rest } = left;
    return rest;
  }
  for (const element in right) {
    const mine = left[element];
    const theirs = right[element];
    if (mine === undefined || theirs === undefined) continue;
    const rest = differenceOfNodes(mine, theirs, true);
    if (rest === mine) continue;
    result ??= { ...left };
    if (rest === undefined) delete result[element];
    else result[element] = rest;
  }
  return result === undefined ? left : compact(result);
}

/** A node whose only edge is `.` is written without it; one without edges has nothing left. */
function compact(node: FieldSetDraft): FieldSet | undefined {
  let isMember = false;
  for (const element in node) {
    if (element !== SELF) return node;
    isMember = true;
  }
  return isMember ? MEMBER : undefined;
}

export function intersectionOf(left: FieldSet, right: FieldSet): FieldSet {
  if (left === right) return left;
  if (isEmptySet(left) || isEmptySet(right)) return EMPTY_SET;
  return intersectionOfNodes(left, right, false) ?? EMPTY_SET;
}

function intersectionOfNodes(left: FieldSet, right: FieldSet, isInner: boolean): FieldSet | undefined {
  const result: FieldSetDraft = {};
  let isEmpty = true;
  for (const element in left) {
    const mine = left[element];
    const theirs = right[element];
    if (element === SELF || mine === undefined || theirs === undefined) continue;
    const common = intersectionOfNodes(mine, theirs, true);
    if (common === undefined) continue;
    result[element] = common;
    isEmpty = false;
  }
  const isCommonMember = isInner && isMemberNode(left) && isMemberNode(right);
  if (isEmpty) return isCommonMember ? MEMBER : undefined;
  return isCommonMember ? { [SELF]: MEMBER, ...result } : result;
}

export function equalSets(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  let count = 0;
  for (const element in left) {
    const mine = left[element];
    const theirs = right[element];
    if (mine === undefined || theirs === undefined || !equalSets(mine, theirs)) return false;
    count++;
  }
  for (const _ in right) count--;
  return count === 0;
}

/** True when every member of `part` is a member of `whole`. */
export function isSubset(part: FieldSet, whole: FieldSet): boolean {
  return part === whole || isEmptySet(differenceOf(part, whole));
}

/** All members as lists of path elements, parents before children. */
export function* membersOf(set: FieldSet, prefix: readonly string[] = []): Generator<readonly string[]> {
  for (const element in set) {
    const node = set[element];
    if (element === SELF || node === undefined) continue;
    const path = [...prefix, element];
    if (isMemberNode(node)) yield path;
    yield* membersOf(node, path);
  }
}

/** The set that holds exactly these paths. */
export function setOfPaths(paths: Iterable<readonly string[]>): FieldSet {
  let set = EMPTY_SET;
  for (const path of paths) {
    let node = MEMBER;
    for (let index = path.length - 1; index >= 0; index--) node = { [path[index] ?? '']: node };
    if (path.length > 0) set = unionOf(set, node);
  }
  return set;
}
