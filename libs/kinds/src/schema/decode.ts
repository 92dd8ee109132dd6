/**
 * One walk over a request's object along its schema.
 *
 * Structural schemas (CRDs, our kinds): fields that the schema doesn't know are pruned and reported, null where it isn't allowed is dropped. Typed schemas (built-in kinds) also behave like a
 * typed server: null means absent, empty optional lists and maps vanish, quantities become canonical, and a value of a wrong type is an error.
 * Copy on write: without a finding the value itself is returned and nothing is allocated but the walk's own small stack.
 */
import { decodeScalar } from './decode-scalar.ts';
import type { ListNode, MapNode, ObjectNode, SchemaNode } from '../schema-node.ts';

export type FieldValidationMode = 'Strict' | 'Warn' | 'Ignore';

export interface DecodeResult {
  /** The object without what the schema doesn't know; the very same value when nothing had to change. */
  readonly object: unknown;
  /** `unknown field "spec.foo"`, in the order of the document; empty with `Ignore`. */
  readonly unknownFields: readonly string[];
  /** What kube-apiserver says when it can't read the JSON into the type; it stops at the first. */
  readonly errors: readonly string[];
}

/** Unknown fields beyond this many are still pruned, but no longer listed. */
const unknownFieldsMax = 100;

const nothing: readonly string[] = [];

export function decodeObject(
  value: unknown,
  node: SchemaNode,
  options: { readonly mode: FieldValidationMode },
): DecodeResult {
  const walk = new DecodeWalk(options.mode !== 'Ignore');
  const object = walk.decode(value, node);
  return { object, unknownFields: walk.unknownFields ?? nothing, errors: walk.errors ?? nothing };
}

/** Marks a field that decoding drops. */
const dropped = Symbol('dropped');

export class DecodeWalk {
  unknownFields: string[] | undefined;
  errors: string[] | undefined;
  readonly #reportsUnknown: boolean;
  readonly #path: (string | number)[] = [];
  /** Type of the structure whose field is being decoded. */
  #owner = '';

  constructor(reportsUnknown: boolean) {
    this.#reportsUnknown = reportsUnknown;
  }

  decode(value: unknown, node: SchemaNode): unknown {
    switch (node.kind) {
      case 'object':
        return this.#decodeStructure(value, node);
      case 'map':
        return this.#decodeMap(value, node);
      case 'list':
        return this.#decodeList(value, node);
      case 'scalar':
        return node.typedAs === undefined ? value : decodeScalar(value, node, this);
      case 'any':
        return value;
    }
  }

  /** Records that the value under the walk is not what the type wants. */
  mismatch(value: unknown, typeName: string, shown: string = describeJson(value)): void {
    const path = this.#path.filter((part) => typeof part === 'string').join('.');
    const where = path === '' ? 'Go value' : `Go struct field ${shortName(this.#owner)}.${path}`;
    this.fail(`json: cannot unmarshal ${shown} into ${where} of type ${typeName}`);
  }

  fail(message: string): void {
    this.errors ??= [message];
  }

  #decodeStructure(value: unknown, node: ObjectNode): unknown {
    if (!isRecord(value)) {
      if (node.typedAs !== undefined) this.mismatch(value, node.typedAs);
      return value;
    }
    const { fields, preservesUnknown } = node;
    const isTyped = node.typedAs !== undefined;
    const path = this.#path;
    const outer = this.#owner;
    let changes: Map<string, unknown> | undefined;
    for (const name in value) {
      const field = fields.get(name);
      if (field === undefined) {
        if (preservesUnknown || (node.isEmbeddedResource === true && isTypeMeta(name))) continue;
        this.#reportUnknown(name);
        (changes ??= new Map()).set(name, dropped);
        continue;
      }
      const before = value[name];
      if (before === null) {
        if (isTyped || (field.isNullable !== true && field.node.kind !== 'any'))
          (changes ??= new Map()).set(name, dropped);
        continue;
      }
      if (node.typedAs !== undefined) this.#owner = node.typedAs;
      path.push(name);
      const after = this.decode(before, field.node);
      path.pop();
      if (isTyped && (field.omitsZero === true ? isZero(after) : isOmittedCollection(after, name, node, field.node))) {
        (changes ??= new Map()).set(name, dropped);
      } else if (after !== before) {
        (changes ??= new Map()).set(name, after);
      }
    }
    this.#owner = outer;
    return changes === undefined ? value : applyChanges(value, changes);
  }

  #decodeMap(value: unknown, node: MapNode): unknown {
    if (!isRecord(value)) {
      if (node.typedAs !== undefined) this.mismatch(value, node.typedAs);
      return value;
    }
    const { values } = node;
    if (values.kind === 'any' || (values.kind === 'scalar' && node.typedAs === undefined)) return value;
    const path = this.#path;
    const depth = path.length;
    let changes: Map<string, unknown> | undefined;
    for (const key in value) {
      const before = value[key];
      // Messages about a typed map's values don't name the key.
      path[depth] = values.kind === 'scalar' ? 0 : key;
      const after = before === null ? zeroOf(values) : this.decode(before, values);
      if (after !== before) (changes ??= new Map()).set(key, after);
    }
    path.length = depth;
    return changes === undefined ? value : applyChanges(value, changes);
  }

  #decodeList(value: unknown, node: ListNode): unknown {
    if (!Array.isArray(value)) {
      if (node.typedAs !== undefined) this.mismatch(value, node.typedAs);
      return value;
    }
    const { items } = node;
    if (items.kind === 'any' || (items.kind === 'scalar' && node.typedAs === undefined)) return value;
    const list: readonly unknown[] = value;
    const path = this.#path;
    const depth = path.length;
    let copy: unknown[] | undefined;
    for (let index = 0; index < list.length; index++) {
      const before = list[index];
      path[depth] = index;
      const after = before === null ? zeroOf(items) : this.decode(before, items);
      if (after !== before) (copy ??= [...list])[index] = after;
    }
    path.length = depth;
    return copy ?? value;
  }

  #reportUnknown(name: string): void {
    if (!this.#reportsUnknown) return;
    const found = (this.unknownFields ??= []);
    if (found.length < unknownFieldsMax) found.push(`unknown field ${JSON.stringify(this.#fieldPath(name))}`);
  }

  #fieldPath(name: string): string {
    let text = '';
    for (const part of this.#path) {
      if (typeof part === 'number') text += `[${part}]`;
      else text += text === '' ? part : `.${part}`;
    }
    return text === '' ? name : `${text}.${name}`;
  }
}

function applyChanges(value: Readonly<Record<string, unknown>>, changes: ReadonlyMap<string, unknown>) {
  const result: Record<string, unknown> = {};
  for (const key in value) {
    const change = changes.has(key) ? changes.get(key) : value[key];
    if (change === dropped) continue;
    if (key === '__proto__') Object.defineProperty(result, key, { value: change, enumerable: true, writable: true });
    else result[key] = change;
  }
  return result;
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function isOmittedCollection(value: unknown, name: string, owner: ObjectNode, node: SchemaNode): boolean {
  return (
    (node.kind === 'list' || node.kind === 'map') && isEmptyCollection(value, node) && !owner.required.includes(name)
  );
}

function isEmptyCollection(value: unknown, node: SchemaNode): boolean {
  if (node.kind === 'list') return Array.isArray(value) && value.length === 0;
  return node.kind === 'map' && isRecord(value) && isEmpty(value);
}

function isEmpty(value: object): boolean {
  for (const _ in value) return false;
  return true;
}

/** What null becomes inside a list or map of a typed server. Structural schemas leave null for validation to judge. */
function zeroOf(node: SchemaNode): unknown {
  switch (node.kind) {
    case 'object':
      return node.typedAs === undefined ? null : {};
    case 'scalar':
      if (node.typedAs === undefined) return null;
      if (node.type === 'boolean') return false;
      return node.type === 'string' ? '' : 0;
    case 'map':
    case 'list':
    case 'any':
      return null;
  }
}

function isTypeMeta(name: string): boolean {
  return name === 'apiVersion' || name === 'kind' || name === 'metadata';
}

function shortName(typeName: string): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describeJson(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}
