import { describe, expect, it } from 'vitest';
import { complaint } from './testing/complaint.ts';
import type { ObjectMeta } from './kube-object.ts';
import { annotationsMaxBytes, validateMetadata, validateMetadataUpdate } from './metadata-validation.ts';
import type { NameRule } from './metadata-validation.ts';

const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u1' };

function messages(metadata: ObjectMeta, nameRule?: NameRule): readonly string[] {
  const rules = { isNamespaced: true, ...(nameRule === undefined ? {} : { nameRule }) };
  return validateMetadata({ namespace: 'shop', ...metadata }, rules).map(
    ({ field, message }) => `${field}: ${message}`,
  );
}

describe('names', () => {
  it.each<[string, NameRule, boolean]>([
    ['a.b-c.1', 'dns-subdomain', true],
    ['A', 'dns-subdomain', false],
    ['a_b', 'dns-subdomain', false],
    ['a..b', 'dns-subdomain', false],
    ['a'.repeat(253), 'dns-subdomain', true],
    ['a'.repeat(254), 'dns-subdomain', false],
    ['a.b', 'dns-label', false],
    ['1a', 'dns-label', true],
    ['a'.repeat(64), 'dns-label', false],
    ['1a', 'dns-1035-label', false],
    ['a1', 'dns-1035-label', true],
    ['system:a b', 'path-segment', true],
    ['a/b', 'path-segment', false],
    ['..', 'path-segment', false],
    ['a%', 'path-segment', false],
  ])('%s as %s: %s', (name, rule, isValid) => {
    expect(messages({ name }, rule).length === 0).toBe(isValid);
  });

  it.each<[ObjectMeta, readonly string[]]>([
    [{}, ['metadata.name: Required value: name or generateName is required']],
    [{ name: 'a', generateName: 'a-' }, []],
    [{ name: 'a', namespace: '' }, ['metadata.namespace: Required value']],
    [{ name: 'a', generation: -1 }, ['metadata.generation: Invalid value: -1: must be greater than or equal to 0']],
  ])('%j', (metadata, expected) => {
    expect(messages(metadata)).toEqual(expected);
  });

  it('refuses a namespace on a cluster-scoped kind', () => {
    expect(validateMetadata({ name: 'a', namespace: 'b' }, { isNamespaced: false })).toEqual([
      { field: 'metadata.namespace', reason: 'FieldValueForbidden', message: 'Forbidden: not allowed on this type' },
    ]);
  });

  it('words a bad name as kube-apiserver does', () => {
    expect(messages({ name: 'Web' })).toEqual([
      `metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
    ]);
  });
});

describe('labels, annotations, owners, finalizers', () => {
  it.each<[string, ObjectMeta, string | undefined]>([
    ['good labels', { labels: { 'example.com/a': 'B_c.1', empty: '' } }, undefined],
    ['a bad label key', { labels: { 'a b': '' } }, 'metadata.labels: Invalid value: "a b": name part must consist of'],
    ['a bad label prefix', { labels: { 'A/b': '' } }, 'metadata.labels: Invalid value: "A/b": prefix part a lowercase'],
    ['a bad label value', { labels: { a: 'b c' } }, 'metadata.labels: Invalid value: "b c": a valid label must be'],
    ['a long label value', { labels: { a: 'x'.repeat(64) } }, 'must be no more than 63 bytes'],
    ['an upper-case annotation prefix', { annotations: { 'EXAMPLE.com/a': 'b c' } }, undefined],
    [
      'a bad annotation key',
      { annotations: { 'a/b/c': '' } },
      'metadata.annotations: Invalid value: "a/b/c": a qualified',
    ],
    [
      'too many bytes of annotations',
      { annotations: { a: 'é'.repeat(annotationsMaxBytes / 2) } },
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    ['annotations just within', { annotations: { aa: 'é'.repeat(annotationsMaxBytes / 2 - 1) } }, undefined],
    ['a good owner', { ownerReferences: [{ ...owner, controller: true }] }, undefined],
    [
      'an owner without uid',
      { ownerReferences: [{ ...owner, uid: '' }] },
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ],
    [
      'two controllers',
      {
        ownerReferences: [
          { ...owner, controller: true },
          { ...owner, name: 'b', controller: true },
        ],
      },
      'Found "true" in references for Deployment/web and Deployment/b',
    ],
    ['a good finalizer', { finalizers: ['example.com/x', 'orphan'] }, undefined],
    ['a bad finalizer', { finalizers: ['x y'] }, 'metadata.finalizers: Invalid value: "x y": name part'],
    ['both deletion finalizers', { finalizers: ['orphan', 'foregroundDeletion'] }, 'cannot be both set'],
  ])('%s', (_name, metadata, expected) => {
    const found = messages({ name: 'a', ...metadata }).join('\n');
    expect(found).toEqual(complaint(expected));
  });
});

describe('updates', () => {
  const old: ObjectMeta = {
    name: 'a',
    namespace: 'b',
    uid: 'u',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 2,
  };

  it.each<[string, ObjectMeta, ObjectMeta, readonly string[]]>([
    ['nothing changed', old, old, []],
    ['another uid', { ...old, uid: 'v' }, old, ['metadata.uid: Invalid value: "v": field is immutable']],
    [
      'a smaller generation',
      { ...old, generation: 1 },
      old,
      ['metadata.generation: Invalid value: 1: must not be decremented'],
    ],
    ['new finalizers', { ...old, finalizers: ['x/y'] }, old, []],
    [
      'new finalizers while being deleted',
      { ...old, finalizers: ['x/y', 'x/z'], deletionTimestamp: 't' },
      { ...old, finalizers: ['x/z'], deletionTimestamp: 't' },
      [
        'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x/y"}',
      ],
    ],
  ])('%s', (_name, metadata, before, expected) => {
    expect(validateMetadataUpdate(metadata, before).map(({ field, message }) => `${field}: ${message}`)).toEqual(
      expected,
    );
  });
});
