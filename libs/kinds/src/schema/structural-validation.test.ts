import { describe, expect, it } from 'vitest';
import { complaint } from '../testing/complaint.ts';
import { createSchemaCompiler } from './compile-openapi.ts';
import { validateStructure } from './structural-validation.ts';

function messages(schema: object, value: unknown): readonly string[] {
  const node = createSchemaCompiler({}, 'structural').inline({ type: 'object', properties: { a: schema } });
  return validateStructure({ a: value }, node).map(({ field, message }) => `${field}: ${message}`);
}

const item = { type: 'object', properties: { name: { type: 'string' }, n: { type: 'integer' } }, required: ['name'] };

describe('structural validation', () => {
  it.each<[object, unknown, string | undefined]>([
    [{ type: 'string' }, 'x', undefined],
    [{ type: 'string' }, 5, 'a: Invalid value: "integer": a in body must be of type string: "integer"'],
    [{ type: 'string' }, null, 'a: Invalid value: "null": a in body must be of type string: "null"'],
    [{ type: 'string', nullable: true }, null, undefined],
    [{ type: 'integer' }, 1.5, 'a: Invalid value: "number": a in body must be of type integer: "number"'],
    [{ type: 'integer', format: 'int32' }, 2147483648, 'a in body must be of type int32'],
    [{ type: 'integer', format: 'int32' }, -2147483648, undefined],
    [{ type: 'boolean' }, 'true', 'must be of type boolean: "string"'],
    [
      { type: 'object', additionalProperties: { type: 'string' } },
      { k: 1 },
      'a.k: Invalid value: "integer": a.k in body',
    ],
    [{ type: 'object', properties: {} }, [], 'must be of type object: "array"'],
    [{ type: 'array', items: item }, [{}], 'a[0].name: Required value'],
    [{ type: 'array', items: item }, {}, 'must be of type array: "object"'],
    [{ type: 'array', items: item, minItems: 1 }, [], 'a: Invalid value: 0: a in body should have at least 1 items'],
    [{ type: 'array', items: item, maxItems: 0 }, [{}], 'a: Too many: 1: must have at most 0 items'],
    [
      { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
      ['x', 'y', 'x'],
      'a[2]: Duplicate value: "x"',
    ],
    [
      { type: 'array', items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
      [{ name: 'x', n: 1 }, { name: 'x' }],
      'a[1]: Duplicate value: {"name":"x"}',
    ],
    [{ type: 'string', enum: ['A', 'B'] }, 'C', 'a: Unsupported value: "C": supported values: "A", "B"'],
    [{ type: 'string', minLength: 2 }, 'é', 'a: Invalid value: "é": a in body should be at least 2 chars long'],
    [{ type: 'string', maxLength: 2 }, '😀😀', undefined],
    [{ type: 'string', maxLength: 1 }, 'ab', 'a: Too long: may not be more than 1 bytes'],
    [{ type: 'string', pattern: '^x+$' }, 'y', `a: Invalid value: "y": a in body should match '^x+$'`],
    [{ type: 'string', format: 'date-time' }, '2026-01-01T00:00:00Z', undefined],
    [
      { type: 'string', format: 'date-time' },
      'soon',
      'a: Invalid value: "soon": a in body must be of type date-time: "soon"',
    ],
    [{ type: 'string', format: 'byte' }, 'YQ==', undefined],
    [{ type: 'string', format: 'byte' }, 'Y', 'a in body must be of type byte'],
    [{ type: 'integer', minimum: 1 }, 0, 'a: Invalid value: 0: a in body should be greater than or equal to 1'],
    [{ type: 'integer', maximum: 1 }, 2, 'a: Invalid value: 2: a in body should be less than or equal to 1'],
    [{ 'x-kubernetes-int-or-string': true }, '10%', undefined],
    [{ 'x-kubernetes-int-or-string': true }, true, 'must be of type integer,string: "boolean"'],
    [{ 'x-kubernetes-preserve-unknown-fields': true }, [1, { b: null }], undefined],
    [
      { type: 'object', properties: item.properties, oneOf: [{ required: ['name'] }, { required: ['n'] }] },
      {},
      'a: Invalid value: {}: a in body must validate one and only one schema (oneOf)',
    ],
    [
      { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
      { kind: 'Secret', data: 1 },
      'a.apiVersion: Required value',
    ],
  ])('%j with %j', (schema, value, expected) => {
    const found = messages(schema, value).join('\n');
    expect(found).toEqual(complaint(expected));
  });

  it('stops after a hundred errors', () => {
    const found = messages(
      { type: 'array', items: { type: 'string' } },
      Array.from({ length: 1000 }, (_, index) => index),
    );
    expect(found).toHaveLength(100);
  });
});
