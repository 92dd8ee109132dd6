import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { validateConfigMap, validateSecret } from './config-kinds.ts';
import type { KubeObject } from '../../kube-object.ts';

const sizeMaxBytes = 1024 * 1024;
const base64 = (bytes: number): string => Buffer.alloc(bytes).toString('base64');
const tooLong = (field: string) => ({
  field,
  reason: 'FieldValueTooLong',
  message: 'Too long: may not be more than 1048576 bytes',
});

const anObject = (kind: string, fields: object): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'big' },
  ...fields,
});

describe('the size of a ConfigMap', () => {
  it.each<[string, object, readonly object[]]>([
    ['as much text as may be', { data: { a: 'x'.repeat(sizeMaxBytes) } }, []],
    ['one byte too many', { data: { a: 'x'.repeat(sizeMaxBytes + 1) } }, [tooLong('[]')]],
    ['letters of two bytes', { data: { a: 'é'.repeat(sizeMaxBytes / 2 + 1) } }, [tooLong('[]')]],
    ['decoded bytes, not their base64', { binaryData: { a: base64(sizeMaxBytes) } }, []],
    [
      'text and bytes together',
      { data: { a: 'x'.repeat(sizeMaxBytes / 2) }, binaryData: { b: base64(sizeMaxBytes / 2 + 1) } },
      [tooLong('[]')],
    ],
  ])('is judged by %s', (_, fields, errors) => {
    expect(validateConfigMap(anObject('ConfigMap', fields), undefined)).toEqual(errors);
  });
});

describe('the size of a Secret', () => {
  it.each<[string, number, readonly object[]]>([
    ['as much as may be', sizeMaxBytes, []],
    ['one byte too many', sizeMaxBytes + 1, [tooLong('data')]],
  ])('is judged by decoded bytes: %s', (_, bytes, errors) => {
    const secret = anObject('Secret', { type: 'Opaque', data: { a: base64(bytes) } });
    expect(validateSecret(secret, undefined)).toEqual(errors);
  });
});
