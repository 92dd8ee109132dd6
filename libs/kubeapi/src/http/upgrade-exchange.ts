import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Exchange, ResponseStream } from './exchange.ts';

/** A request whose socket is about to speak another protocol: it can be read, not answered. */
export class UpgradeExchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly isHttp2 = false;
  readonly isAnswered = false;

  constructor(request: IncomingMessage) {
    this.#request = request;
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

  get isClosed(): boolean {
    return this.#request.socket.destroyed;
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
    this.#request.socket.once('close', listener);
  }

  destroy(): void {
    this.#request.socket.destroy();
  }
}
