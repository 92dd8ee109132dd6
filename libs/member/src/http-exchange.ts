import type { Dispatcher } from 'undici';

import type { MemberResponse } from './member-client.ts';

export interface HttpExchangeOptions {
  /** On the clock of `performance.now()`. */
  readonly deadlineMs: number;
  /** A larger response is refused: a member is not trusted with our memory. */
  readonly bytesMax: number;
}

/**
 * One request, from its dispatch to the whole answer. undici's `request` makes a stream, an abort signal and listeners for each call; for answers of a few kilobytes that costs
 * more than everything else about them.
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  /** Rejects with what undici, TLS or socket said, or with what was given to `fail`. */
  readonly answer: Promise<MemberResponse>;
  readonly deadlineMs: number;
  readonly #bytesMax: number;
  readonly #resolve: (response: MemberResponse) => void;
  readonly #reject: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Error | undefined;

  constructor({ deadlineMs, bytesMax }: HttpExchangeOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<MemberResponse>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.deadlineMs = deadlineMs;
    this.#bytesMax = bytesMax;
  }

  /** Ends the exchange wherever it is, also while it waits for a connection. No effect once it has ended. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#reject(error);
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number): void {
    this.#status = statusCode;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#bytesMax) this.fail(new Error(`the response is over the limit of ${this.#bytesMax} bytes`));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const whole = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks, this.#bytes);
    this.#resolve({ status: this.#status, body: whole.toString('utf8') });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }
}
