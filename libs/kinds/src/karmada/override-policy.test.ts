import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { admit, kindNamed } from '../testing/admission.ts';
import { createKarmadaKinds } from './all.ts';
import type { OverridePolicy } from './policy.ts';

const kinds = createKarmadaKinds();
const namespaced = kindNamed(kinds, 'OverridePolicy');

function aPolicy(spec: object): object {
  const metadata = { name: 'o', namespace: 'shop' };
  return { apiVersion: 'policy.karmada.io/v1alpha1', kind: 'OverridePolicy', metadata, spec };
}

function withOverriders(overriders: object): object {
  return aPolicy({ overrideRules: [{ overriders }] });
}

const path = 'spec.overrideRules[0].overriders';
const patch = { subPath: '/a', operator: 'replace', value: 1 };

describe('accepts', () => {
  it.each<[string, object]>([
    ['a policy for everything', aPolicy({})],
    ['an image', withOverriders({ imageOverrider: [{ component: 'Tag', operator: 'replace', value: 'v2' }] })],
    [
      'an image removal without value',
      withOverriders({ imageOverrider: [{ component: 'Registry', operator: 'remove' }] }),
    ],
    [
      'an image by path',
      withOverriders({
        imageOverrider: [
          { predicate: { path: '/spec/containers/0/image' }, component: 'Tag', operator: 'add', value: '-rc' },
        ],
      }),
    ],
    ['words', withOverriders({ commandOverrider: [{ containerName: 'c', operator: 'add', value: ['-v'] }] })],
    ['labels to remove, with values', withOverriders({ labelsOverrider: [{ operator: 'remove', value: { a: 'b' } }] })],
    ['a document', withOverriders({ fieldOverrider: [{ fieldPath: '/data/db~1conf', yaml: [patch] }] })],
    ['a JSON patch', withOverriders({ plaintext: [{ path: '/spec/replicas', operator: 'replace', value: 3 }] })],
    ['a null', withOverriders({ plaintext: [{ path: '/spec/x', operator: 'add', value: null }] })],
    ['a removal with a value', withOverriders({ plaintext: [{ path: '/spec/x', operator: 'remove', value: 1 }] })],
    ['the former fields alone', aPolicy({ targetCluster: { clusterNames: ['a'] }, overriders: { plaintext: [] } })],
    ['an empty former field beside rules', aPolicy({ overrideRules: [{ overriders: {} }], overriders: {} })],
  ])('%s', (_name, policy) => {
    const { messages, unknownFields } = admit(namespaced, policy);
    expect([messages, unknownFields]).toEqual([[], []]);
  });
});

describe('refuses', () => {
  it.each<[string, object, string]>([
    [
      'another namespace',
      aPolicy({ resourceSelectors: [{ apiVersion: 'v1', kind: 'Secret', namespace: 'x' }] }),
      'spec.resourceSelectors[0].namespace: Invalid value: "x": must be the policy\'s own namespace "shop"',
    ],
    [
      'the former fields beside rules',
      aPolicy({ overrideRules: [], targetCluster: {} }),
      'spec.targetCluster: Forbidden: may not be used together with overrideRules; move it into a rule',
    ],
    [
      'bad conditions on clusters',
      aPolicy({ overrideRules: [{ targetCluster: { labelSelector: { matchLabels: { '-': 'x' } } }, overriders: {} }] }),
      'spec.overrideRules[0].targetCluster.labelSelector.matchLabels: Invalid value: "-"',
    ],
    [
      'an image path that is no pointer',
      withOverriders({ imageOverrider: [{ predicate: { path: 'spec' }, component: 'Tag', operator: 'remove' }] }),
      `${path}.imageOverrider[0].predicate.path: Invalid value: "spec": must be a JSON pointer`,
    ],
    [
      'an image change without value',
      withOverriders({ imageOverrider: [{ component: 'Tag', operator: 'replace' }] }),
      `${path}.imageOverrider[0].value: Required value: must be set for replace`,
    ],
    [
      'a bad label',
      withOverriders({ labelsOverrider: [{ operator: 'add', value: { a: 'b c' } }] }),
      `${path}.labelsOverrider[0].value: Invalid value: "b c": a valid label`,
    ],
    [
      'a bad annotation',
      withOverriders({ annotationsOverrider: [{ operator: 'add', value: { 'a b': '' } }] }),
      `${path}.annotationsOverrider[0].value: Invalid value: "a b": name part`,
    ],
    [
      'two documents in one field',
      withOverriders({ fieldOverrider: [{ fieldPath: '/data/a', json: [patch], yaml: [patch] }] }),
      `${path}.fieldOverrider[0].yaml: Forbidden: may not be used together with json`,
    ],
    [
      'no change of a document',
      withOverriders({ fieldOverrider: [{ fieldPath: '/data/a' }] }),
      `${path}.fieldOverrider[0]: Required value: one of json and yaml`,
    ],
    [
      'a bad escape in a field path',
      withOverriders({ fieldOverrider: [{ fieldPath: '/data/a~b', json: [patch] }] }),
      `${path}.fieldOverrider[0].fieldPath: Invalid value: "/data/a~b": must be a JSON pointer (RFC 6901): write`,
    ],
    [
      'a removal with a value in a document',
      withOverriders({ fieldOverrider: [{ fieldPath: '/a', json: [{ ...patch, operator: 'remove' }] }] }),
      `${path}.fieldOverrider[0].json[0].value: Forbidden: may not be set for remove`,
    ],
    [
      'an addition without value in a document',
      withOverriders({ fieldOverrider: [{ fieldPath: '/a', yaml: [{ subPath: 'x', operator: 'add' }] }] }),
      `${path}.fieldOverrider[0].yaml[0].value: Required value: must be set for add`,
    ],
    [
      'a JSON patch without value',
      withOverriders({ plaintext: [{ path: '/spec/replicas', operator: 'add' }] }),
      `${path}.plaintext[0].value: Required value: must be set for add`,
    ],
    [
      'a JSON patch at no pointer',
      withOverriders({ plaintext: [{ path: 'spec', operator: 'remove' }] }),
      `${path}.plaintext[0].path: Invalid value: "spec": must be a JSON pointer`,
    ],
  ])('%s', (_name, policy, expected) => {
    expect(admit(namespaced, policy).messages.join('\n')).toContain(expected);
  });
});

it('means its own namespace when a selector names none', () => {
  const { object } = admit(namespaced, aPolicy({ resourceSelectors: [{ apiVersion: 'v1', kind: 'Secret' }] }));
  expect((object as OverridePolicy).spec.resourceSelectors?.[0]?.namespace).toBe('shop');
});

it('warns about the former fields', () => {
  const { object } = admit(namespaced, aPolicy({ targetCluster: {} }));
  expect(namespaced.warnings?.(object)).toHaveLength(1);
});

it('takes a manifest written for Karmada as it is', () => {
  const manifest: object = parse(readFileSync(new URL('testdata/nginx-overridepolicy.yaml', import.meta.url), 'utf8'));
  const { object, messages, unknownFields } = admit(namespaced, {
    ...manifest,
    metadata: { name: 'n', namespace: 'default' },
  });
  expect([messages, unknownFields]).toEqual([[], []]);
  expect(object).toMatchObject({ ...manifest, metadata: { name: 'n' } });
});
