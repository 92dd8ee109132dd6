import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { collect, type Exchange, type ResponseHeaders, type ResponseStream } from './exchange.ts';

/** What both users of an HTTP/1.1 request can tell of it: the one that answers and the one whose socket changes its protocol. */
abstract class Http1Request {
  protected readonly request: IncomingMessage;
  readonly isHttp2 = false;

  constructor(request: IncomingMessage) {
    this.request = request;
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get url(): string {
    return this.request.url ?? '/';
  }

  get headers(): IncomingMessage['headers'] {
    return this.request.headers;
  }

  get socket(): IncomingMessage['socket'] {
    return this.request.socket;
  }

  destroy(): void {
    this.request.socket.destroy();
  }
}

export class Http1Exchange extends Http1Request implements Exchange {
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    super(request);
    this.#response = response;
  }

  get isAnswered(): boolean {
    return this.#response.headersSent;
  }

  get isClosed(): boolean {
    return this.#response.closed || this.request.socket.destroyed;
  }

  readBody(limitBytes: number): Promise<Buffer> {
    return collect(this.request, limitBytes, this.request.headers['content-length']);
  }

  bodyStream(): Readable {
    return this.request;
  }

  respond(status: number, headers: ResponseHeaders, body: Uint8Array | string): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    // A body nobody read must not be taken for the next request on this connection.
    if (!this.request.complete) this.request.resume();
    this.#response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    this.#response.end(this.request.method === 'HEAD' ? undefined : body);
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
}

/** A request whose socket is about to speak another protocol: it can be read, not answered. */
export class UpgradeExchange extends Http1Request implements Exchange {
  readonly isAnswered = false;

  get isClosed(): boolean {
    return this.request.socket.destroyed;
  }

  readBody(): Promise<Buffer> {
    return Promise.resolve(Buffer.alloc(0));
  }

  bodyStream(): Readable {
    return Readable.from([]);
  }

  respond(): void {
    throw new Error('an upgraded connection is answered on its socket');
  }

  stream(): ResponseStream {
    throw new Error('an upgraded connection is answered on its socket');
  }

  onClose(listener: () => void): void {
    this.request.socket.once('close', listener);
  }
}
