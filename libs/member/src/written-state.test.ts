import { describe, expect, it } from 'vitest';

import { isAsWritten, readWrittenState } from './written-state.ts';
import type { WrittenState } from './written-state.ts';

const identity = '"name":"web","namespace":"shop","uid":"u1","resourceVersion":"42"';

describe('readWrittenState', () => {
  it.each([
    [
      'a built-in kind as kube-apiserver writes it',
      `{"kind":"Deployment","apiVersion":"apps/v1","metadata":{${identity},"generation":3,"creationTimestamp":"t","labels":{"a":"b"}},"spec":{}}`,
      { uid: 'u1', resourceVersion: '42', generation: 3 },
    ],
    [
      'a kind without generation',
      `{"kind":"ConfigMap","apiVersion":"v1","metadata":{${identity},"creationTimestamp":"t"},"data":{"generation":"7"}}`,
      { uid: 'u1', resourceVersion: '42' },
    ],
    [
      'a custom resource, its fields sorted, with another object within',
      '{"apiVersion":"x/v1","backup":{"metadata":{"uid":"u0","resourceVersion":"1"}},"kind":"X","metadata":{"creationTimestamp":"t","generation":1,"labels":{},"resourceVersion":"42","uid":"u1"}}',
      { uid: 'u1', resourceVersion: '42', generation: 1 },
    ],
    [
      'labels before the identity',
      '{"kind":"X","apiVersion":"x/v1","metadata":{"creationTimestamp":"t","labels":{"uid":"u0"},"resourceVersion":"42","uid":"u1"}}',
      { uid: 'u1', resourceVersion: '42' },
    ],
    [
      'metadata that goes on beyond what is looked at',
      `{"kind":"X","apiVersion":"x/v1","metadata":{"name":"${'n'.repeat(1000)}","uid":"u1","resourceVersion":"42","generation":30,"creationTimestamp":"t"}}`,
      { uid: 'u1', resourceVersion: '42', generation: 30 },
    ],
  ])('reads %s', (_name, body, state) => {
    expect(readWrittenState(body)).toEqual(state);
  });

  it.each([
    '',
    'garbage',
    'null',
    '{}',
    '{"metadata":null}',
    '{"metadata":{"uid":1,"resourceVersion":"1"}}',
    '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}',
  ])('finds no state in %j', (body) => {
    expect(readWrittenState(body)).toBeUndefined();
  });
});

describe('isAsWritten', () => {
  const withGeneration = { uid: 'u1', resourceVersion: '42', generation: 3 };
  const withoutGeneration = { uid: 'u1', resourceVersion: '42' };

  it.each<[string, WrittenState, Partial<WrittenState>, boolean]>([
    ['the very state', withGeneration, withGeneration, true],
    ['a newer status', withGeneration, { ...withGeneration, resourceVersion: '43' }, true],
    ['a newer spec', withGeneration, { ...withGeneration, resourceVersion: '43', generation: 4 }, false],
    ['another object of that name', withGeneration, { ...withGeneration, uid: 'u2' }, false],
    ['the very state of a kind without generation', withoutGeneration, withoutGeneration, true],
    ['any newer state of such a kind', withoutGeneration, { ...withoutGeneration, resourceVersion: '43' }, false],
  ])('judges %s', (_name, state, metadata, expected) => {
    expect(isAsWritten(state, { apiVersion: 'v1', kind: 'X', metadata })).toBe(expected);
  });
});
