import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';
import { collect, type Exchange, type ResponseHeaders, type ResponseStream } from './exchange.ts';

export class Http2Exchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly isHttp2 = true;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    this.headers = headers;
    // A reset by the client surfaces as 'error'; the close event is what we act on.
    stream.on('error', ignore);
  }

  get method(): string {
    return this.headers[':method'] ?? 'GET';
  }

  get url(): string {
    return this.headers[':path'] ?? '/';
  }

  get socket(): Exchange['socket'] {
    return this.#stream.session?.socket;
  }

  get isAnswered(): boolean {
    return this.#stream.headersSent;
  }

  get isClosed(): boolean {
    return this.#stream.closed || this.#stream.destroyed;
  }

  readBody(limitBytes: number): Promise<Buffer> {
    return collect(this.#stream, limitBytes, this.headers['content-length']);
  }

  bodyStream(): Readable {
    return this.#stream;
  }

  respond(status: number, headers: ResponseHeaders, body: Uint8Array | string): void {
    const stream = this.#stream;
    if (stream.headersSent || stream.destroyed || stream.closed) return;
    if (!stream.readableEnded) stream.resume();
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
    const isBodyless = length === 0 || this.method === 'HEAD';
    stream.respond({ ...headers, ':status': status, 'content-length': length }, { endStream: isBodyless });
    if (!isBodyless) stream.end(body);
  }

  stream(status: number, headers: ResponseHeaders): ResponseStream {
    const stream = this.#stream;
    stream.respond({ ...headers, ':status': status });
    if (!stream.readableEnded) stream.resume();
    return {
      write: (chunk) => stream.write(chunk),
      onDrain: (listener) => stream.on('drain', listener),
      end: (chunk) => {
        if (!stream.writableEnded && !stream.destroyed) stream.end(chunk);
      },
      get isClosed() {
        return stream.destroyed || stream.writableEnded;
      },
      sink: stream,
    };
  }

  onClose(listener: () => void): void {
    this.#stream.once('close', listener);
  }

  destroy(): void {
    this.#stream.destroy();
  }
}

function ignore(): void {
  // Nothing to do: 'close' follows.
}
