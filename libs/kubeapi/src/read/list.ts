import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';
import { formatApiVersion } from '@flotilla/kinds/kube-object';
import type { StoredObject } from '@flotilla/store/object-store';
import { badRequest } from '../errors/api-errors.ts';
import type { Exchange, ResponseStream } from '../http/exchange.ts';
import { respondJsonBytes, respondValue } from '../http/respond.ts';
import type { ResourceRequest } from '../request/resource-request.ts';
import { parseIncludeObject, tableOf } from '../table/table.ts';
import { readPage, type ListDeps, type ListPage } from './list-page.ts';
import { partialMetadata, type ObjectEncoder } from './object-bytes.ts';

export interface ListHandlerDeps extends ListDeps {
  readonly kinds: KindRegistry;
  readonly encoder: ObjectEncoder;
}

/** Bytes gathered before they go to the socket. */
const chunkBytes = 256 * 1024;

export async function handleList(deps: ListHandlerDeps, request: ResourceRequest): Promise<void> {
  const page = await readPage(deps, request);
  const { negotiated, exchange, kind } = request;
  if (negotiated.as === 'object' && negotiated.format === 'json') {
    respondJsonList(deps, exchange, kind, page);
    return;
  }
  const objects = page.items.map((item) => deps.encoder.objectOf(item, kind));
  const metadata = listMetadata(page);
  switch (negotiated.as) {
    case 'table': {
      const includeObject = parseIncludeObject(request.parameters?.get('includeObject'));
      if (includeObject === undefined) throw badRequest('unrecognized includeObject value');
      const table = tableOf(kind, objects, { includeObject, nowMs: deps.now(), listMeta: metadata });
      const apiVersion = `meta.k8s.io/${negotiated.metaVersion}`;
      respondValue(exchange, 200, { ...table, apiVersion }, negotiated.format);
      return;
    }
    case 'metadata': {
      const items = objects.map((object) => partialMetadata(object, negotiated.metaVersion));
      const apiVersion = `meta.k8s.io/${negotiated.metaVersion}`;
      respondValue(
        exchange,
        200,
        { kind: 'PartialObjectMetadataList', apiVersion, metadata, items },
        negotiated.format,
      );
      return;
    }
    case 'object': {
      const apiVersion = formatApiVersion(kind.group, kind.version);
      respondValue(exchange, 200, { kind: kind.listKind, apiVersion, metadata, items: objects }, negotiated.format);
    }
  }
}

function listMetadata(page: ListPage): {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
} {
  return {
    resourceVersion: String(page.revision),
    ...(page.continueToken === undefined ? {} : { continue: page.continueToken }),
    ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
  };
}

/** Concatenates the stored bytes: nothing is parsed or serialised again. */
function respondJsonList(deps: ListHandlerDeps, exchange: Exchange, kind: KindDefinition, page: ListPage): void {
  const apiVersion = formatApiVersion(kind.group, kind.version);
  const head = `{"kind":"${kind.listKind}","apiVersion":"${apiVersion}","metadata":${JSON.stringify(listMetadata(page))},"items":[`;
  const chunks = listChunks(deps.encoder, kind, page.items, Buffer.from(head), listItemCut(kind, apiVersion));
  const first = chunks.next();
  const second = chunks.next();
  if (first.done === true) return;
  if (second.done === true) {
    respondJsonBytes(exchange, 200, first.value);
    return;
  }
  const stream = exchange.stream(200, { 'cache-control': 'no-cache, private', 'content-type': 'application/json' });
  stream.write(first.value);
  pump(stream, second.value, chunks);
}

/** kube-apiserver leaves apiVersion and kind out of the items of built-in lists; custom resources carry them. */
function listItemCut(kind: KindDefinition, apiVersion: string): Buffer | undefined {
  return kind.openApi === undefined ? Buffer.from(`{"apiVersion":"${apiVersion}","kind":"${kind.kind}",`) : undefined;
}

function* listChunks(
  encoder: ObjectEncoder,
  kind: KindDefinition,
  items: readonly StoredObject[],
  head: Buffer,
  cut: Buffer | undefined,
): Generator<Buffer, void> {
  let parts: Uint8Array[] = [head];
  let length = head.length;
  let isFirst = true;
  for (const item of items) {
    const bytes = encoder.bytesOf(item, kind);
    const isCut = cut !== undefined && startsWith(bytes, cut);
    parts.push(
      isFirst ? (isCut ? brace : nothing) : isCut ? commaBrace : comma,
      isCut ? bytes.subarray(cut.length) : bytes,
    );
    isFirst = false;
    length += bytes.length + 2;
    if (length >= chunkBytes) {
      yield Buffer.concat(parts);
      parts = [];
      length = 0;
    }
  }
  parts.push(listEnd);
  yield Buffer.concat(parts);
}

const nothing = Buffer.alloc(0);
const brace = Buffer.from('{');
const comma = Buffer.from(',');
const commaBrace = Buffer.from(',{');
const listEnd = Buffer.from(']}\n');

function startsWith(bytes: Uint8Array, prefix: Buffer): boolean {
  return bytes.length >= prefix.length && prefix.compare(bytes, 0, prefix.length) === 0;
}

/** Writes chunk after chunk, waiting whenever the client is behind: one chunk at a time is in memory. */
function pump(stream: ResponseStream, next: Buffer, chunks: Iterator<Buffer>): void {
  let chunk: IteratorResult<Buffer> = { done: false, value: next };
  const advance = (): void => {
    while (chunk.done !== true) {
      if (stream.isClosed) return;
      const hasRoom = stream.write(chunk.value);
      chunk = chunks.next();
      if (!hasRoom && chunk.done !== true) return;
    }
    stream.end();
  };
  stream.onDrain(() => {
    if (chunk.done !== true) advance();
  });
  advance();
}
