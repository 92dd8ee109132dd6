/** `application/vnd.kubernetes.protobuf` */
export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';

export type ProtobufOutcome =
  | { readonly kind: 'decoded'; readonly object: Readonly<Record<string, unknown>> }
  /** 400: not the envelope, damaged, or of a kind that isn't known (then `message` names it). */
  | { readonly kind: 'failed'; readonly message: string };

/** Decodes a body of `application/vnd.kubernetes.protobuf` to the object's JSON form. The descriptors are loaded on first use. */
export async function decodeProtobuf(body: Uint8Array): Promise<ProtobufOutcome> {
  throw new Error(`pending ${body.length}`);
}

/**
 * Encodes an object (or list) of a built-in kind as `application/vnd.kubernetes.protobuf`; `undefined` when there is no descriptor for its kind
 * (custom resources: answer JSON, or 406 when the client does not accept it).
 */
export async function encodeProtobuf(object: Readonly<Record<string, unknown>>): Promise<Uint8Array | undefined> {
  throw new Error(`pending ${Object.keys(object).length}`);
}
