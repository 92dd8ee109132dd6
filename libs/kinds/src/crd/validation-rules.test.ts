import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { validateStructuralSchema } from '../builtin/apiextensions/structural-schema.ts';
import { kindFromCrd } from '../crd-kind.ts';
import { createSchemaCompiler } from '../schema/compile-openapi.ts';
import { checkRules } from './validation-rules.ts';
import type { FieldError, KindDefinition } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';

interface RuleCase {
  readonly name: string;
  readonly spec: object;
  readonly old?: unknown;
  readonly new: unknown;
}

interface RecordedAnswer {
  readonly name: string;
  readonly isDefined: boolean;
  readonly causes?: readonly FieldError[];
}

function readTestdata(name: string): string {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
}

const cases = parse(readTestdata('validation-rules.yaml')) as readonly RuleCase[];
const answers: readonly RecordedAnswer[] = JSON.parse(readTestdata('validation-rules.golden.json'));

function kindOf(spec: object): KindDefinition {
  const [kind] = kindFromCrd({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rules.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'rules', kind: 'Rule' },
      versions: [{ name: 'v1', served: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }],
    },
  });
  return kind!;
}

const objectOf = (spec: unknown): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Rule',
  metadata: { name: 'r' },
  spec,
});

describe('rules in CEL against a real kube-apiserver', () => {
  const recorded = cases.map((one, index) => [one.name, one, answers[index]!] as const);

  it.each(recorded.filter(([, , { isDefined }]) => isDefined))('a rule that %s', (_, one, answer) => {
    const old = one.old === undefined ? undefined : objectOf(one.old);
    expect(kindOf(one.spec).validate?.(objectOf(one.new), old)).toEqual(answer.causes ?? []);
  });

  it.each(recorded.filter(([, , { isDefined }]) => !isDefined))('a rule that %s is not taken', (_, one, answer) => {
    const errors: FieldError[] = [];
    const schema = { type: 'object', properties: { spec: one.spec } };
    validateStructuralSchema(errors, schema, 'spec.validation.openAPIV3Schema');
    expect(errors.map(({ field }) => field)).toEqual(answer.causes?.map(({ field }) => field));
  });
});

describe('checkRules', () => {
  const compile = (schema: object) => createSchemaCompiler({}, 'structural').inline(schema);
  const withRule = (rule: string) => compile({ type: 'string', 'x-kubernetes-validations': [{ rule }] });

  it.each(['self.find("x") == "y"', 'self.?a.hasValue()', 'ip(self).family() == 4', 'cel.bind(a, 1, a == 2)'])(
    'leaves %s to servers that implement it',
    (rule) => {
      expect(checkRules('x', undefined, withRule(rule))).toEqual([]);
    },
  );

  it.each([
    ['[].max() == 1', /^Invalid value: "string": max called on empty list evaluating rule: /],
    ['[[1]].isSorted()', /^Invalid value: "string": items of the list have no order evaluating rule: /],
    ['quantity(self).isLessThan(quantity("1"))', /^Invalid value: "string": quantities must match/],
    ['self.matches("(")', /^Invalid value: "string": .+ evaluating rule: /],
    ['self.size() + "a" == "b"', /^Invalid value: "string": .+ evaluating rule: /],
  ])('reports that %.40s cannot be answered', (rule, complaint) => {
    const errors = checkRules('x', undefined, withRule(rule), 'spec');
    expect(errors).toMatchObject([{ field: 'spec', message: expect.stringMatching(complaint) }]);
  });

  it.each([`${'('.repeat(10_000)}true${')'.repeat(10_000)}`, Array.from({ length: 4000 }, () => 'true').join(' && ')])(
    'survives %.20s…',
    (rule) => {
      expect(checkRules('x', undefined, withRule(rule))).toEqual([]);
    },
  );

  it('gives up on loops within loops over much', () => {
    const rule = 'self.all(a, self.all(b, self.all(c, a == b || b == c || true)))';
    const schema = compile({ type: 'array', items: { type: 'integer' }, 'x-kubernetes-validations': [{ rule }] });
    const items = Array.from({ length: 100 }, (_, index) => index);
    expect(checkRules(items, undefined, schema, 'spec')).toEqual([
      {
        field: 'spec',
        reason: 'FieldValueInvalid',
        message: expect.stringContaining('running out of cost budget'),
      },
    ]);
    expect(checkRules(items.slice(0, 20), undefined, schema, 'spec')).toEqual([]);
  });

  it('lets what a rule refuses stay as it was', () => {
    const a = { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self < 3' }] };
    const schema = compile({ type: 'object', properties: { a, b: { type: 'integer' } } });
    expect(checkRules({ a: 5, b: 2 }, { a: 5, b: 1 }, schema)).toEqual([]);
    expect(checkRules({ a: 6, b: 1 }, { a: 5, b: 1 }, schema)).toHaveLength(1);
  });

  it('does not take a message of several lines', () => {
    const rules = [{ rule: 'false', message: 'plain', messageExpression: '"two\\nlines"' }];
    const schema = compile({ type: 'string', 'x-kubernetes-validations': rules });
    expect(checkRules('x', undefined, schema, 'spec')).toMatchObject([{ message: 'Invalid value: "x": plain' }]);
  });
});
