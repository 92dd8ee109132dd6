/**
 * `x-kubernetes-validations`: rules in CEL, checked at every value whose schema has some, in kube-apiserver's words. Rules are compiled when first needed and kept with
 * the schema. A rule that speaks of `oldSelf` is a transition rule: it holds where there is a former value to compare with, which there is for fields,
 * members of maps and items that are told apart by keys.
 *
 * Not implemented, and therefore not checked: rules that use functions or syntax which the CEL library here lacks (README), and estimated costs. A set is
 * compared in any order with its former self only.
 */
import { forbiddenValue, invalidValue, requiredValue } from '../field-error.ts';
import { compileExpression, type CompiledExpression, type RuleOutcome, type RuleValue } from './rules/cel-engine.ts';
import { ruleValue } from './rules/rule-value.ts';
import { isSameJson } from '../builtin/errors.ts';
import type { FieldError } from '../kind-definition.ts';
import type { ListNode, SchemaNode, ValidationRule } from '../schema-node.ts';

/** What all rules of one object may take together: a step is one turn of a loop over the largest collection there is. Some tenths of a second. */
const stepsMax = 250_000;
const errorsMax = 100;

type Ready = Extract<CompiledExpression, { kind: 'ready' }>;

interface CompiledRule {
  readonly source: ValidationRule;
  readonly condition: Ready;
  readonly message: Ready | undefined;
}

interface Check {
  readonly errors: FieldError[];
  stepsLeft: number;
}

/** Complaint about a rule that cannot be read, for whoever declares it. */
export function ruleComplaint(text: string): string | undefined {
  const compiled = compileExpression(text);
  return compiled.kind === 'invalid' ? compiled.message : undefined;
}

/** True when the schema has a rule anywhere: without one there is nothing to load. */
export function hasRules(node: SchemaNode): boolean {
  let known = knownRules.get(node);
  if (known === undefined) {
    knownRules.set(node, false);
    known = findRules(node);
    knownRules.set(node, known);
  }
  return known;
}

const knownRules = new WeakMap<SchemaNode, boolean>();

function findRules(node: SchemaNode): boolean {
  if (node.kind === 'any' || node.typedAs !== undefined) return false;
  if ((node.rules ?? []).length > 0) return true;
  switch (node.kind) {
    case 'object':
      return [...node.fields.values()].some((field) => hasRules(field.node));
    case 'map':
      return hasRules(node.values);
    case 'list':
      return hasRules(node.items);
    case 'scalar':
      return false;
  }
}

/** `value` must have the schema's structure. `old` is the former value, absent on creation. */
export function checkRules(value: unknown, old: unknown, node: SchemaNode, path = ''): readonly FieldError[] {
  if (!hasRules(node)) return [];
  const check: Check = { errors: [], stepsLeft: stepsMax };
  visit(check, value, old, node, path);
  return check.errors;
}

function visit(check: Check, value: unknown, old: unknown, node: SchemaNode, path: string): void {
  if (value === null || value === undefined || check.errors.length >= errorsMax || !hasRules(node)) return;
  if (node.kind === 'any') return;
  if (node.rules !== undefined && node.rules.length > 0) applyRules(check, value, old, node, node.rules, path);
  switch (node.kind) {
    case 'object':
      if (!isRecord(value)) return;
      for (const [name, field] of node.fields) {
        visit(check, value[name], memberOf(old, name), field.node, path === '' ? name : `${path}.${name}`);
      }
      return;
    case 'map':
      if (!isRecord(value)) return;
      for (const key in value) visit(check, value[key], memberOf(old, key), node.values, `${path}[${key}]`);
      return;
    case 'list':
      if (!Array.isArray(value)) return;
      visitItems(check, value, old, node, path);
      return;
    case 'scalar':
      return;
  }
}

function visitItems(check: Check, value: readonly unknown[], old: unknown, node: ListNode, path: string): void {
  const former = node.listType === 'map' ? byKeys(old, node.mapKeys) : undefined;
  value.forEach((item, index) => {
    visit(check, item, former?.get(identityOf(item, node.mapKeys)), node.items, `${path}[${index}]`);
  });
}

function byKeys(list: unknown, keys: readonly string[]): ReadonlyMap<string, unknown> {
  return new Map((Array.isArray(list) ? list : []).map((item: unknown) => [identityOf(item, keys), item]));
}

function identityOf(item: unknown, keys: readonly string[]): string {
  return JSON.stringify(keys.map((key) => memberOf(item, key)));
}

function applyRules(
  check: Check,
  value: unknown,
  old: unknown,
  node: SchemaNode,
  sources: readonly ValidationRule[],
  path: string,
): void {
  const self = ruleValue(value, node);
  const oldSelf = old === undefined || old === null ? undefined : ruleValue(inOrderOf(old, value, node), node);
  const largest = Math.max(largestCollection(value), largestCollection(old));
  for (const rule of compiledRules(sources)) {
    const { condition, source } = rule;
    const isOptional = source.optionalOldSelf === true;
    if (condition.readsOld && oldSelf === undefined && !isOptional) continue;
    check.stepsLeft -= Math.max(1, largest) ** condition.loopDepth;
    if (check.stepsLeft < 0) {
      const detail = 'validation failed due to running out of cost budget, no further validation rules will be run';
      check.errors.push({ field: path, reason: 'FieldValueInvalid', message: `Invalid value: ${detail}` });
      return;
    }
    const formerly = isOptional ? (oldSelf === undefined ? [] : [oldSelf]) : oldSelf;
    const bindings = { self, ...(formerly !== undefined && { oldSelf: formerly }) };
    const outcome = condition.evaluate(bindings);
    if (outcome.kind === 'value' && outcome.value === true) continue;
    // What was there before the rule may stay as it is.
    if (!condition.readsOld && old !== undefined && isSameJson(value, old)) continue;
    check.errors.push(errorOf(rule, outcome, bindings, value, node, path));
  }
}

function errorOf(
  rule: CompiledRule,
  outcome: RuleOutcome,
  bindings: Readonly<Record<string, RuleValue>>,
  value: unknown,
  node: SchemaNode,
  path: string,
): FieldError {
  const { source } = rule;
  if (outcome.kind === 'error') {
    const detail = `${outcome.message} evaluating rule: ${source.message ?? source.rule}`;
    return invalidValue(path, typeNameOf(node), detail);
  }
  const field = `${path}${source.fieldPath ?? ''}`;
  const message = messageOf(rule, bindings);
  switch (source.reason) {
    case 'FieldValueRequired':
      return requiredValue(field, message);
    case 'FieldValueForbidden':
      return forbiddenValue(field, message);
    case 'FieldValueDuplicate':
      return { field, reason: 'FieldValueDuplicate', message: 'Duplicate value' };
    default:
      // Only scalars are shown: a structure may be large.
      return node.kind === 'scalar'
        ? invalidValue(field, value, message)
        : { field, reason: 'FieldValueInvalid', message: `Invalid value: ${message}` };
  }
}

function messageOf({ source, message }: CompiledRule, bindings: Readonly<Record<string, RuleValue>>): string {
  const made = message?.evaluate(bindings);
  if (made?.kind === 'value' && typeof made.value === 'string' && isMessage(made.value)) return made.value;
  return source.message ?? `failed rule: ${source.rule}`;
}

const messageLengthMax = 5 * 1024;

function isMessage(text: string): boolean {
  return text.trim() !== '' && !text.includes('\n') && text.length <= messageLengthMax;
}

const compiledBySource = new WeakMap<readonly ValidationRule[], readonly CompiledRule[]>();

function compiledRules(sources: readonly ValidationRule[]): readonly CompiledRule[] {
  let compiled = compiledBySource.get(sources);
  if (compiled === undefined) {
    compiled = sources.flatMap((source) => compileRule(source));
    compiledBySource.set(sources, compiled);
  }
  return compiled;
}

function compileRule(source: ValidationRule): readonly CompiledRule[] {
  const condition = compileExpression(source.rule);
  if (condition.kind !== 'ready') return [];
  const message = source.messageExpression === undefined ? undefined : compileExpression(source.messageExpression);
  return [{ source, condition, message: message?.kind === 'ready' ? message : undefined }];
}

/** Sets and lists with keys are the same in any order: the former one is read in the order of the new one. */
function inOrderOf(old: unknown, value: unknown, node: SchemaNode): unknown {
  if (node.kind === 'object' && isRecord(old) && isRecord(value)) {
    return Object.fromEntries(
      Object.entries(old).map(([name, member]) => {
        const field = node.fields.get(name);
        return [name, field === undefined ? member : inOrderOf(member, value[name], field.node)];
      }),
    );
  }
  if (node.kind !== 'list' || node.listType === 'atomic' || !Array.isArray(old) || !Array.isArray(value)) return old;
  const identity = (item: unknown): string =>
    node.listType === 'set' ? JSON.stringify(item) : identityOf(item, node.mapKeys);
  const places = new Map(value.map((item, index) => [identity(item), index]));
  const placeOf = (item: unknown): number => places.get(identity(item)) ?? value.length;
  return old.toSorted((left, right) => placeOf(left) - placeOf(right));
}

function largestCollection(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const members: readonly unknown[] = Object.values(value);
  return members.reduce<number>((largest, member) => Math.max(largest, largestCollection(member)), members.length);
}

function typeNameOf(node: SchemaNode): string {
  switch (node.kind) {
    case 'list':
      return 'array';
    case 'scalar':
      return node.type;
    default:
      return 'object';
  }
}

function memberOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
