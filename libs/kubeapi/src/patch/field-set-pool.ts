/**
 * Field sets that are built once for each shape and shared by all objects that have it: thousands of Deployments own the same fields, and so their
 * managedFields cost neither time nor memory of their own.
 *
 * A node is told by the sequence of its elements, each followed by the node below it unless that is a mere member. The sequences form a trie: building a node is
 * a walk of one look-up an element, and its end holds the set. Nodes below are shared themselves, so they are told apart by identity.
 */
import { EMPTY_SET, MEMBER, type FieldSet, type FieldSetDraft } from './field-set.ts';

/** What stands before the elements, and whether the node's own path is a member. */
type NodeKind = 'record' | 'list' | 'changed-record' | 'changed-list';

/** A node that is being built. */
export interface PoolStep {
  readonly token: string | FieldSet;
  readonly before: PoolStep | undefined;
  readonly kind: NodeKind;
  /** The first step that followed; most have no other. */
  next: PoolStep | undefined;
  others: Map<string | FieldSet, PoolStep> | undefined;
  set: FieldSet | undefined;
}

/** Rough bound of what is remembered, in characters of names; a step without its name counts as `stepCharacters`. */
const poolCharactersMax = 2 * 1024 * 1024;
const stepCharacters = 128;

export class FieldSetPool {
  readonly #charactersMax: number;
  #characters = 0;
  #roots = newRoots();

  constructor(charactersMax: number = poolCharactersMax) {
    this.#charactersMax = charactersMax;
  }

  /**
   * Begins a node. `record` and `list` are members themselves (`{'.':{}, …}`, or a plain member when nothing follows); the `changed-` ones hold only what is
   * added to them. Elements of records are named without `f:`.
   */
  begin(kind: NodeKind): PoolStep {
    return this.#roots[kind];
  }

  /** Adds an element with what is below it. An element that comes twice is a mere member: its items can't be told apart. */
  add(step: PoolStep, element: string, below: FieldSet): PoolStep {
    const next = follow(step, element) ?? this.#extend(step, element);
    return below === MEMBER ? next : (follow(next, below) ?? this.#extend(next, below));
  }

  setOf(step: PoolStep): FieldSet {
    step.set ??= build(step);
    return step.set;
  }

  /** When there is too much, everything is forgotten; nodes that are being built just go on. */
  #extend(step: PoolStep, token: string | FieldSet): PoolStep {
    this.#characters += stepCharacters + (typeof token === 'string' ? token.length : 0);
    if (this.#characters > this.#charactersMax) {
      this.#roots = newRoots();
      this.#characters = 0;
    }
    const added = stepOf(step.kind, token, step, undefined);
    if (step.next === undefined) step.next = added;
    else (step.others ??= new Map()).set(token, added);
    return added;
  }
}

/** One for the process: what it holds can't be told from sets that are built anew. */
export const sharedFieldSets = new FieldSetPool();

function follow(step: PoolStep, token: string | FieldSet): PoolStep | undefined {
  return step.next?.token === token ? step.next : step.others?.get(token);
}

function stepOf(
  kind: NodeKind,
  token: string | FieldSet,
  before: PoolStep | undefined,
  set: FieldSet | undefined,
): PoolStep {
  return { token, before, kind, next: undefined, others: undefined, set };
}

function newRoots(): Readonly<Record<NodeKind, PoolStep>> {
  return {
    record: stepOf('record', '', undefined, MEMBER),
    list: stepOf('list', '', undefined, MEMBER),
    'changed-record': stepOf('changed-record', '', undefined, EMPTY_SET),
    'changed-list': stepOf('changed-list', '', undefined, EMPTY_SET),
  };
}

function build(end: PoolStep): FieldSet {
  const tokens: (string | FieldSet)[] = [];
  for (let step = end; step.before !== undefined; step = step.before) tokens.push(step.token);
  tokens.reverse();
  const { kind } = end;
  const prefix = kind === 'record' || kind === 'changed-record' ? 'f:' : '';
  const set: FieldSetDraft = kind === 'record' || kind === 'list' ? { '.': MEMBER } : {};
  for (const [index, token] of tokens.entries()) {
    if (typeof token !== 'string') continue;
    const element = prefix + token;
    const below = tokens[index + 1];
    set[element] = set[element] !== undefined || typeof below !== 'object' ? MEMBER : below;
  }
  return set;
}
