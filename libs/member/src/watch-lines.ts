/**
 * Watch streams are newline-delimited JSON. Lines stay bytes until somebody needs them: under a burst one object gets many events, and only the newest of each object
 * is worth parsing. For that the identity is read off the raw line without parsing it.
 */

/** Splits a byte stream at newlines. Throws when one line exceeds `maxLineBytes`. */
export async function* splitLines(chunks: AsyncIterable<Buffer>, maxLineBytes: number): AsyncIterable<Buffer> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a, start); end >= 0; end = chunk.indexOf(0x0a, start)) {
      const tail = chunk.subarray(start, end);
      const line = pending.length === 0 ? tail : Buffer.concat([...pending, tail]);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      if (line.length > 0) yield line;
    }
    if (start < chunk.length) {
      const rest = chunk.subarray(start);
      pendingBytes += rest.length;
      if (pendingBytes > maxLineBytes) throw new Error(`a watch event exceeds ${maxLineBytes} bytes`);
      pending.push(rest);
    }
  }
}

export interface RawWatchEvent {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly line: Buffer;
}

const headBytes = 1024;
const typePattern = /^\{"type":"([A-Z]+)"/;
const metadataPattern = /"metadata":\{([^{}]*)/;
const namePattern = /"name":"([^"\\]*)"/;
const namespacePattern = /"namespace":"([^"\\]*)"/;

/**
 * Reads type, namespace and name off a line as kube-apiserver writes it (`{"type":…,"object":{…"metadata":{"name":…,"namespace":…`), else parses it.
 * `undefined` for what is no event.
 */
export function readEventIdentity(line: Buffer): RawWatchEvent | undefined {
  const head = line.toString('latin1', 0, Math.min(headBytes, line.length));
  const type = typePattern.exec(head)?.[1];
  const metadata = metadataPattern.exec(head)?.[1];
  const name = metadata === undefined ? undefined : namePattern.exec(metadata)?.[1];
  if (type !== undefined && type !== 'BOOKMARK' && type !== 'ERROR' && metadata !== undefined && name !== undefined) {
    const namespace = namespacePattern.exec(metadata)?.[1];
    // Without a namespace in the head it may stand further back: only a parse tells a cluster-scoped object from an unusual order.
    if (namespace !== undefined) return { type, namespace, name, line };
  }
  return identityByParsing(line);
}

function identityByParsing(line: Buffer): RawWatchEvent | undefined {
  const event = parseEvent(line);
  if (event === undefined) return undefined;
  const metadata = event.object['metadata'] as { name?: unknown; namespace?: unknown } | undefined;
  return {
    type: event.type,
    namespace: typeof metadata?.namespace === 'string' ? metadata.namespace : '',
    name: typeof metadata?.name === 'string' ? metadata.name : '',
    line,
  };
}

export interface ParsedWatchEvent {
  readonly type: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** `undefined` when the line is not a watch event: a member's bytes are hostile until parsed. */
export function parseEvent(line: Buffer): ParsedWatchEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || !('object' in value)) return undefined;
  if (typeof value.type !== 'string' || typeof value.object !== 'object' || value.object === null) return undefined;
  return { type: value.type, object: value.object as Readonly<Record<string, unknown>> };
}
