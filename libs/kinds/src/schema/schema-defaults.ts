import type { ObjectNode, SchemaNode } from '../schema-node.ts';

/**
 * Fills absent fields with the defaults of the schema, in place. Idempotent. A default's own absent fields are filled too.
 * The draft must be private to the caller: its structures are written to.
 */
export function applySchemaDefaults(draft: unknown, node: SchemaNode): void {
  switch (node.kind) {
    case 'object':
      if (isRecord(draft)) fillObject(draft, planOf(node));
      return;
    case 'list':
      if (!Array.isArray(draft)) return;
      for (const item of draft) applySchemaDefaults(item, node.items);
      return;
    case 'map':
      if (!isRecord(draft)) return;
      for (const key in draft) applySchemaDefaults(draft[key], node.values);
      return;
    case 'scalar':
    case 'any':
      return;
  }
}

interface FieldPlan {
  readonly name: string;
  readonly node: SchemaNode;
  readonly default: unknown;
  /** The value itself may have absent fields with defaults. */
  readonly isNested: boolean;
}

function fillObject(draft: Record<string, unknown>, plan: readonly FieldPlan[]): void {
  for (const field of plan) {
    const present = draft[field.name];
    if (present === undefined) {
      if (field.default === undefined) continue;
      draft[field.name] = copyDefault(field.default);
    }
    if (field.isNested) applySchemaDefaults(draft[field.name], field.node);
  }
}

function copyDefault(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyDefault);
  if (!isRecord(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key in value) copy[key] = copyDefault(value[key]);
  return copy;
}

const plans = new WeakMap<ObjectNode, readonly FieldPlan[]>();

/** The fields worth a look. Remembered per node: most fields of most objects have no defaults anywhere below. */
function planOf(node: ObjectNode): readonly FieldPlan[] {
  let plan = plans.get(node);
  if (plan === undefined) {
    plan = buildPlan(node);
    plans.set(node, plan);
  }
  return plan;
}

function buildPlan(node: ObjectNode): readonly FieldPlan[] {
  const plan: FieldPlan[] = [];
  for (const [name, field] of node.fields) {
    const isNested = carriesDefaults(field.node);
    if (isNested || field.default !== undefined) {
      plan.push({ name, node: field.node, default: field.default, isNested });
    }
  }
  return plan;
}

const verdicts = new WeakMap<SchemaNode, boolean>();

/** A node under examination counts as carrying: a recursive schema is then walked rather than missed. */
function carriesDefaults(node: SchemaNode): boolean {
  switch (node.kind) {
    case 'object': {
      const known = verdicts.get(node);
      if (known !== undefined) return known;
      verdicts.set(node, true);
      let carries = false;
      for (const field of node.fields.values()) {
        if (field.default !== undefined || carriesDefaults(field.node)) carries = true;
      }
      verdicts.set(node, carries);
      return carries;
    }
    case 'list':
      return carriesDefaults(node.items);
    case 'map':
      return carriesDefaults(node.values);
    case 'scalar':
    case 'any':
      return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
