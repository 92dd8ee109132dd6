import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { shareJson } from './shared-json.ts';
import { draftOf, parseObject, serializeObject, spliceResourceVersion } from './serialize-object.ts';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('serialised objects', () => {
  it('begin with apiVersion, kind and metadata, without resourceVersion, whatever the order was', () => {
    const object = { data: { a: '1' }, metadata: { resourceVersion: '7', name: 'x' }, kind: 'K', apiVersion: 'v1' };
    expect(textOf(serializeObject(object))).toBe(
      '{"apiVersion":"v1","kind":"K","metadata":{"name":"x"},"data":{"a":"1"}}',
    );
  });

  it('are served with the resourceVersion as first field of metadata', () => {
    const bytes = serializeObject({ apiVersion: 'v1', kind: 'K', metadata: { name: 'x' } });
    expect(textOf(spliceResourceVersion(bytes, 42))).toBe(
      '{"apiVersion":"v1","kind":"K","metadata":{"resourceVersion":"42","name":"x"}}',
    );
    const empty = serializeObject({ apiVersion: 'v1', kind: 'K', metadata: {} });
    expect(textOf(spliceResourceVersion(empty, 42))).toBe(
      '{"apiVersion":"v1","kind":"K","metadata":{"resourceVersion":"42"}}',
    );
  });

  it('come back as they were, for any object', () => {
    const strings = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('"metadata":{'));
    const objects = fc.record({
      spec: fc.jsonValue(),
      apiVersion: strings,
      kind: strings,
      metadata: fc.record({ name: strings, labels: fc.dictionary(strings, strings, { noNullPrototype: true }) }),
    });
    fc.assert(
      fc.property(objects, fc.integer({ min: 1 }), (object, revision) => {
        const bytes = serializeObject(object);
        const expected = JSON.parse(
          JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: `${revision}` } }),
        );
        expect(parseObject(bytes, revision)).toStrictEqual(expected);
        expect(JSON.parse(textOf(spliceResourceVersion(bytes, revision)))).toStrictEqual(expected);
      }),
    );
  });

  it('are the same whether managedFields exist as text or not', () => {
    const managedFields = [{ manager: 'm', fieldsV1: { 'f:data': {} } }];
    const copy = structuredClone(managedFields);
    shareJson(managedFields);
    for (const rest of [{ data: { a: '1' } }, {}]) {
      for (const name of [{ name: 'x' }, {}]) {
        const object = { kind: 'K', ...rest, apiVersion: 'v1', metadata: { ...name, managedFields } };
        const bytes = textOf(serializeObject(object));
        expect(bytes).toBe(textOf(serializeObject({ ...object, metadata: { ...name, managedFields: copy } })));
      }
    }
  });

  it('are made from copies', () => {
    const object = { apiVersion: 'v1', kind: 'K', metadata: { name: 'x' } };
    const draft = draftOf(object);
    draft.metadata.resourceVersion = '1';
    expect(object).toStrictEqual({ apiVersion: 'v1', kind: 'K', metadata: { name: 'x' } });
  });
});
