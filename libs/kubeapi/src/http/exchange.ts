import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { Socket } from 'node:net';

/**
 * One request and its answer, whatever the protocol version. The two adapters (`http1-exchange`, `http2-exchange`) stay on Node's low-level
 * objects: the compatibility layer of `node:http2` costs more than the rest of a small request.
 */
export interface Exchange {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket | undefined;
  readonly isHttp2: boolean;
  /** True once an answer was begun. */
  readonly isAnswered: boolean;
  /** True when the client went away. */
  readonly isClosed: boolean;
  /** Rejects with BodyTooLarge past the limit, or with RequestAborted when the client goes away first. */
  readBody(limitBytes: number): Promise<Buffer>;
  /** The unread body, for pass-through. */
  bodyStream(): Readable;
  respond(status: number, headers: ResponseHeaders, body: Uint8Array | string): void;
  /** Starts an answer of unknown length. */
  stream(status: number, headers: ResponseHeaders): ResponseStream;
  /** Called once, when the exchange ended in any way. */
  onClose(listener: () => void): void;
  /** Ends the connection or stream without an answer. */
  destroy(): void;
}

export type ResponseHeaders = Readonly<Record<string, string | number | string[]>>;

export interface ResponseStream {
  /** False: the client is slow; wait for `onDrain`. */
  write(chunk: Uint8Array): boolean;
  onDrain(listener: () => void): void;
  end(chunk?: Uint8Array): void;
  readonly isClosed: boolean;
  /** For pass-through with `pipeline`. */
  readonly sink: Duplex | NodeJS.WritableStream;
}

export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

export class RequestAborted extends Error {
  override readonly name = 'RequestAborted';
}

/** Collects a request body. */
export function collect(source: Readable, limitBytes: number, declaredLength: string | undefined): Promise<Buffer> {
  if (declaredLength !== undefined && Number(declaredLength) > limitBytes) {
    source.resume();
    return Promise.reject(new BodyTooLarge(`body of ${declaredLength} bytes exceeds ${limitBytes}`));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let isSettled = false;
    source.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) {
        chunks.push(chunk);
      } else if (!isSettled) {
        isSettled = true;
        chunks.length = 0;
        reject(new BodyTooLarge(`body exceeds ${limitBytes} bytes`));
      }
    });
    source.on('end', () => {
      isSettled = true;
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length));
    });
    source.on('error', (error) => {
      isSettled = true;
      reject(error);
    });
    source.on('close', () => {
      if (!isSettled) reject(new RequestAborted('the client closed the request'));
    });
  });
}
