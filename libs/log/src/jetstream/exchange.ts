import type { Msg } from '@nats-io/nats-core';

const sweepIntervalMs = 50;

/** What became of a request: the reply, nothing within the time given, or the connection it was sent on is gone. */
export type ReplyOutcome = Msg | 'timeout' | 'lost';

/** One reply address. It stays valid until closed, so that a late reply still counts. */
export interface Exchange {
  readonly replyTo: string;
  /** The first reply not yet taken. One wait at a time. */
  reply(timeoutMs: number): Promise<ReplyOutcome>;
  close(): void;
}

/**
 * Replies to many requests over one subscription, with one timer for all: a subscription, a timer and an error with its stack for each request, as the client
 * makes them, cost more than the request.
 */
export class Exchanges {
  readonly #inbox: string;
  readonly #open = new Map<string, PendingExchange>();
  #counter = 0;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(inbox: string) {
    this.#inbox = inbox;
  }

  open(): Exchange {
    const token = (this.#counter++).toString(36);
    const exchange = new PendingExchange(`${this.#inbox}.${token}`, () => this.#close(token));
    this.#open.set(token, exchange);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepIntervalMs);
    return exchange;
  }

  #close(token: string): void {
    this.#open.delete(token);
    if (this.#open.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }

  take(error: Error | null, message: Msg): void {
    if (error !== null) return this.loseAll();
    this.#open.get(message.subject.slice(this.#inbox.length + 1))?.take(message);
  }

  loseAll(): void {
    for (const exchange of this.#open.values()) exchange.settle('lost');
  }

  #sweep(): void {
    const nowMs = performance.now();
    for (const exchange of this.#open.values()) if (exchange.deadlineMs <= nowMs) exchange.settle('timeout');
  }
}

class PendingExchange implements Exchange {
  readonly replyTo: string;
  readonly #onClose: () => void;
  deadlineMs = Number.POSITIVE_INFINITY;
  #resolve: ((outcome: ReplyOutcome) => void) | undefined;
  #early: Msg | undefined;

  constructor(replyTo: string, onClose: () => void) {
    this.replyTo = replyTo;
    this.#onClose = onClose;
  }

  reply(timeoutMs: number): Promise<ReplyOutcome> {
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) return Promise.resolve(early);
    this.deadlineMs = performance.now() + timeoutMs;
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  take(message: Msg): void {
    if (this.#resolve === undefined) this.#early = message;
    else this.settle(message);
  }

  settle(outcome: ReplyOutcome): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    resolve?.(outcome);
  }

  close(): void {
    this.#onClose();
  }
}
