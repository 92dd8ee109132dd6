/**
 * What an applier stops mentioning goes away, unless somebody else owns it.
 *
 * Taken in three steps, as owners of inner and outer fields may differ: take out everything the applier had; put back what any manager owns now (with the
 * structs around it); put back what nobody owned but was only swept away with its surroundings (defaults of a list item that stays, for example).
 */
import type { SchemaNode } from '@flotilla/kinds/schema-node';

import { removeFields } from './apply-merge.ts';
import { differenceOf, EMPTY_SET, intersectionOf, isSubset, unionOf, type FieldSet } from './field-set.ts';
import { fieldSetOf, withStructsOf } from './field-set-of.ts';

export interface Pruning {
  /** What the applier owned before. */
  readonly last: FieldSet;
  /** What it owns now. */
  readonly applied: FieldSet;
  /** What all the other managers own. */
  readonly others: readonly FieldSet[];
}

/** The merged object without the fields that the applier gave up. */
export function pruneAbandoned(merged: unknown, pruning: Pruning, schema: SchemaNode): unknown {
  if (isSubset(pruning.last, pruning.applied)) return merged;
  const last = withStructsOf(pruning.last, schema);
  const owned = withStructsOf(pruning.others.reduce(unionOf, pruning.applied), schema);
  const all = pathsOf(merged, schema);
  const kept = unionOf(pathsOf(removeFields(merged, last, schema), schema), owned);
  const withOwned = removeFields(merged, differenceOf(all, kept), schema);
  const swept = differenceOf(all, pathsOf(withOwned, schema));
  return removeFields(merged, intersectionOf(swept, last), schema) ?? {};
}

function pathsOf(value: unknown, schema: SchemaNode): FieldSet {
  return value === undefined ? EMPTY_SET : withStructsOf(fieldSetOf(value, schema), schema);
}
