import { describe, expect, it } from 'vitest';

import { openApiV2Protobuf, openApiV2ProtobufType, wantsOpenApiV2Protobuf } from './v2-protobuf.ts';

describe('OpenAPI v2 as protobuf', () => {
  it('is a document that says whose it is', () => {
    const bytes = Buffer.from(openApiV2Protobuf({ title: 'Kubernetes', version: 'v1.36.3' }));
    expect(bytes.toString('hex')).toBe(`0a03${hex('2.0')}1215` + `0a0a${hex('Kubernetes')}` + `1207${hex('v1.36.3')}`);
  });

  it.each([
    ['application/com.github.proto-openapi.spec.v2@v1.0+protobuf', true],
    [openApiV2ProtobufType, true],
    [`${openApiV2ProtobufType}, application/json`, false],
    ['application/json', false],
    [undefined, false],
  ])('for Accept %s: %s', (accept, expected) => {
    expect(wantsOpenApiV2Protobuf(accept)).toBe(expected);
  });
});

function hex(text: string): string {
  return Buffer.from(text).toString('hex');
}
