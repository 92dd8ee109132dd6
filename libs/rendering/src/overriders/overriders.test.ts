import type { ImageOverrider, Overriders } from '@flotilla/kinds/karmada/policy';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAtPointer } from '../json-patch.ts';
import { parsePointer } from '../json-pointer.ts';
import { OverrideFailure } from '../override-failure.ts';
import { aDeployment, deepFreeze } from '../testing/objects.ts';
import { applyOverriders } from './overriders.ts';

function at(object: unknown, pointer: string): unknown {
  return valueAtPointer(object, parsePointer(pointer) ?? []);
}

function withImage(image: string): KubeObject {
  return deepFreeze({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image }], initContainers: [{ name: 'i', image }] },
  });
}

const digest = `sha256:${'0a'.repeat(32)}`;

describe('image overrider', () => {
  it.each<[string, Omit<ImageOverrider, 'predicate'>, string]>([
    ['nginx:1.27', { component: 'Registry', operator: 'add', value: 'r.io:5000' }, 'r.io:5000/nginx:1.27'],
    ['q.io/a/b:1', { component: 'Registry', operator: 'replace', value: 'r.io' }, 'r.io/a/b:1'],
    ['q.io/a/b:1', { component: 'Registry', operator: 'remove' }, 'a/b:1'],
    ['q.io/a/b:1', { component: 'Repository', operator: 'add', value: '-x' }, 'q.io/a/b-x:1'],
    ['q.io/a/b:1', { component: 'Repository', operator: 'replace', value: 'c' }, 'q.io/c:1'],
    ['q.io/a:1', { component: 'Tag', operator: 'add', value: '-debug' }, 'q.io/a:1-debug'],
    ['q.io/a', { component: 'Tag', operator: 'add', value: digest }, `q.io/a@${digest}`],
    ['q.io/a:1', { component: 'Tag', operator: 'add', value: digest }, 'q.io/a:1'],
    [`q.io/a@${digest}`, { component: 'Tag', operator: 'add', value: 'v9' }, `q.io/a@${digest}`],
    [`q.io/a@${digest}`, { component: 'Tag', operator: 'replace', value: 'v9' }, 'q.io/a:v9'],
    ['q.io/a:1', { component: 'Tag', operator: 'replace', value: digest }, `q.io/a@${digest}`],
    [`q.io/a@${digest}`, { component: 'Tag', operator: 'remove' }, 'q.io/a'],
  ])('turns %s with %o into %s', (image, overrider, expected) => {
    const changed = applyOverriders(withImage(image), { imageOverrider: [overrider] });
    expect(at(changed, '/spec/containers/0/image')).toBe(expected);
  });

  it('leaves init containers alone unless a predicate names them', () => {
    const tag: ImageOverrider = { component: 'Tag', operator: 'replace', value: 'v2' };
    expect(at(applyOverriders(withImage('a:v1'), { imageOverrider: [tag] }), '/spec/initContainers/0/image')).toBe(
      'a:v1',
    );
    const named = { ...tag, predicate: { path: '/spec/initContainers/0/image' } };
    const changed = applyOverriders(withImage('a:v1'), { imageOverrider: [named] });
    expect(at(changed, '/spec/initContainers/0/image')).toBe('a:v2');
    expect(at(changed, '/spec/containers/0/image')).toBe('a:v1');
  });

  it.each<[string, Overriders]>([
    [
      'a predicate that finds no image',
      { imageOverrider: [{ component: 'Tag', operator: 'remove', predicate: { path: '/spec/nope' } }] },
    ],
    ['a replacement that is no tag', { imageOverrider: [{ component: 'Tag', operator: 'replace', value: 'a b' }] }],
  ])('refuses %s', (_, overriders) => {
    expect(() => applyOverriders(withImage('a:v1'), overriders)).toThrow(OverrideFailure);
  });

  it('refuses an object that an earlier override broke, naming the field', () => {
    const broken = applyOverriders(aDeployment(), {
      plaintext: [{ path: '/spec/replicas', operator: 'replace', value: 'many' }],
    });
    expect(() => applyOverriders(broken, { imageOverrider: [{ component: 'Tag', operator: 'remove' }] })).toThrow(
      expect.objectContaining({ path: '/spec/replicas' }),
    );
  });
});

it('does not mind a field that the kind does not have', () => {
  const daemonSet = { ...aDeployment(), kind: 'DaemonSet', spec: { replicas: 'many', template: {} } };
  expect(applyOverriders(daemonSet, { imageOverrider: [{ component: 'Tag', operator: 'remove' }] })).toBe(daemonSet);
});

it('changes a copy or refuses, whatever the overriders', () => {
  const value = fc.constantFrom('str', 7, { k: 'v' }, [{ name: 'Z' }], null);
  const path = fc.constantFrom(
    '',
    '/',
    '/metadata',
    '/metadata/labels',
    '/metadata/labels/app',
    '/spec/replicas',
    '/spec/template/spec/containers',
    '/spec/template/spec/containers/0/image',
    '/spec/-',
    '/kind',
  );
  const operator = fc.constantFrom('add', 'remove', 'replace');
  const overriders: fc.Arbitrary<Overriders> = fc.record(
    {
      imageOverrider: fc.array(
        fc.record({
          component: fc.constantFrom('Registry', 'Repository', 'Tag'),
          operator,
          value: fc.constantFrom('v9', digest, '', 'a:b@'),
        }),
        { maxLength: 2 },
      ),
      argsOverrider: fc.array(
        fc.record({
          containerName: fc.constant('c0'),
          operator: fc.constantFrom('add', 'remove'),
          value: fc.array(fc.string()),
        }),
        { maxLength: 1 },
      ),
      labelsOverrider: fc.array(
        fc.record({ operator, value: fc.dictionary(fc.constantFrom('app', 'x'), fc.string()) }),
        { maxLength: 1 },
      ),
      plaintext: fc.array(fc.record({ path, operator, value }), { maxLength: 3 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(overriders, { minLength: 1, maxLength: 3 }), (rules) => {
      expect(outcomeOf(rules)).toMatch(/^(?:Deployment|StatefulSet|str|refused)$/);
    }),
    { numRuns: 500 },
  );
});

/** The resulting kind; other errors than a refusal pass through. */
function outcomeOf(rules: readonly Overriders[]): string {
  try {
    return rules.reduce(applyOverriders, deepFreeze(aDeployment())).kind;
  } catch (error) {
    if (error instanceof OverrideFailure) return 'refused';
    throw error;
  }
}

describe('overriders', () => {
  it('apply in the fixed order, plaintext last', () => {
    const changed = applyOverriders(deepFreeze(aDeployment()), {
      plaintext: [{ path: '/metadata/labels/app', operator: 'replace', value: 'last' }],
      labelsOverrider: [{ operator: 'replace', value: { app: 'first', absent: 'x' } }],
    });
    expect(changed.metadata.labels).toEqual({ app: 'last' });
  });

  it('add to and remove from args of the named container only', () => {
    const changed = applyOverriders(deepFreeze(aDeployment()), {
      argsOverrider: [
        { containerName: 'c0', operator: 'remove', value: ['a'] },
        { containerName: 'c0', operator: 'add', value: ['c'] },
      ],
      commandOverrider: [{ containerName: 'c9', operator: 'add', value: ['x'] }],
    });
    expect(at(changed, '/spec/template/spec/containers/0/args')).toEqual(['b', 'c']);
    expect(at(changed, '/spec/template/spec/containers/1')).toEqual({ name: 'c1', image: 'redis' });
  });

  it('remove labels where there are none without making an empty map', () => {
    const bare: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    expect(applyOverriders(bare, { labelsOverrider: [{ operator: 'remove', value: { a: '' } }] })).toBe(bare);
  });

  it('refuse to make something that is no object any more', () => {
    for (const path of ['/kind', '/metadata']) {
      expect(() => applyOverriders(aDeployment(), { plaintext: [{ path, operator: 'remove' }] })).toThrow(
        OverrideFailure,
      );
    }
  });
});

describe('field overrider', () => {
  const config = (text: string): KubeObject =>
    deepFreeze({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { 'app.cfg': text } });
  const host = [{ subPath: '/db/host', operator: 'replace' as const, value: 'two' }];

  it('patches embedded JSON and keeps every digit of numbers', () => {
    const changed = applyOverriders(config('{"big":12345678901234567890,"one":1.0,"db":{"host":"x"}}'), {
      fieldOverrider: [{ fieldPath: '/data/app.cfg', json: host }],
    });
    expect(at(changed, '/data/app.cfg')).toBe('{"big":12345678901234567890,"one":1.0,"db":{"host":"two"}}');
  });

  it('patches embedded YAML, sorting keys and keeping what only looks like a boolean a string', () => {
    const changed = applyOverriders(
      config('list: [1, 2]\nday: 2024-01-01\ndb: {host: x, answer: "yes"}\nid: 12345678901234567890\n'),
      {
        fieldOverrider: [{ fieldPath: '/data/app.cfg', yaml: host }],
      },
    );
    expect(at(changed, '/data/app.cfg')).toBe(
      'day: 2024-01-01\ndb:\n  answer: "yes"\n  host: two\nid: 12345678901234567890\nlist:\n- 1\n- 2\n',
    );
  });

  it.each([
    ['text that is no JSON', '{', '/data/app.cfg'],
    ['a scalar document', '"text"', '/data/app.cfg'],
    ['a document without the place', '{"a":1}', '/data/app.cfg'],
    ['a missing field', '{}', '/data/other'],
  ])('refuses %s', (_, text, fieldPath) => {
    expect(() => applyOverriders(config(text), { fieldOverrider: [{ fieldPath, json: host }] })).toThrow(
      OverrideFailure,
    );
  });
});
