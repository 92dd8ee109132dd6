import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { collect, type Exchange, type ResponseHeaders, type ResponseStream } from './exchange.ts';

export class Http1Exchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly isHttp2 = false;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get url(): string {
    return this.#request.url ?? '/';
  }

  get headers(): IncomingMessage['headers'] {
    return this.#request.headers;
  }

  get socket(): IncomingMessage['socket'] {
    return this.#request.socket;
  }

  get isAnswered(): boolean {
    return this.#response.headersSent;
  }

  get isClosed(): boolean {
    return this.#response.closed || this.#request.socket.destroyed;
  }

  readBody(limitBytes: number): Promise<Buffer> {
    return collect(this.#request, limitBytes, this.#request.headers['content-length']);
  }

  bodyStream(): Readable {
    return this.#request;
  }

  respond(status: number, headers: ResponseHeaders, body: Uint8Array | string): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    // A body nobody read must not be taken for the next request on this connection.
    if (!this.#request.complete) this.#request.resume();
    this.#response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    this.#response.end(this.#request.method === 'HEAD' ? undefined : body);
  }

  stream(status: number, headers: ResponseHeaders): ResponseStream {
    const response = this.#response;
    response.writeHead(status, { ...headers });
    response.flushHeaders();
    return {
      write: (chunk) => response.write(chunk),
      onDrain: (listener) => response.on('drain', listener),
      end: (chunk) => {
        if (!response.writableEnded) response.end(chunk);
      },
      get isClosed() {
        return response.destroyed || response.writableEnded;
      },
      sink: response,
    };
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  destroy(): void {
    this.#request.socket.destroy();
  }
}
