/**
 * The OpenAPI v2 document in the protobuf form that kubectl asks for, and no other. It reads it for one purpose: to find out whether the server validates fields of a kind that
 * OpenAPI v3 does not name. What it needs to hear is that the kind is unknown here, so the document says whose it is and names no kinds; whoever wants all of v2 asks for JSON.
 */
// It is asked for with an "@" before the version, which is no valid media type: answers have a dot there.
export const openApiV2ProtobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/** Field numbers are those of gnostic's `openapi.v2.Document` (swagger 1, info 2) and `Info` (title 1, version 2). */
export function openApiV2Protobuf(info: { readonly title: string; readonly version: string }): Uint8Array {
  const nested = Buffer.concat([field(1, Buffer.from(info.title)), field(2, Buffer.from(info.version))]);
  return Buffer.concat([field(1, Buffer.from('2.0')), field(2, nested)]);
}

/** JSON comes first where a client takes both. */
export function wantsOpenApiV2Protobuf(accept: string | undefined): boolean {
  return accept?.includes('proto-openapi.spec.v2') === true && !accept.includes('application/json');
}

/** A length-delimited field; the texts here stay below the 128 bytes that one length byte can tell. */
function field(number: number, bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength > 127) throw new RangeError('a field of this document has at most 127 bytes');
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.byteLength]), bytes]);
}
