import type { Revision } from '../event-log.ts';
import type { NatsLink } from './nats-link.ts';
import { PullSession, type PullEvent } from './pull-session.ts';
import type { StoredMessage } from './stored-message.ts';

/** A reader holds at most so many messages, delivered or asked for; it asks for more when half of them have been taken. */
const bufferMaxMessages = 1_024;
const bufferMaxBytes = 16 * 1024 * 1024;
const pullExpiresMs = 30_000;
const silenceHeartbeats = 6;
const retryDelayMinMs = 50;
const retryDelayMaxMs = 2_000;

export type FollowEvent =
  | { readonly kind: 'message'; readonly message: StoredMessage }
  | { readonly kind: 'searched'; readonly through: Revision };

export interface FollowerOptions {
  readonly stream: string;
  readonly filters: readonly string[] | undefined;
  /** Everything up to this revision is known already. */
  readonly after: Revision;
  /** The stream's last revision, known before the follower starts: having come to the stream's end means having come this far. */
  readonly head: Revision;
  readonly heartbeatMs: number;
  readonly headersOnly?: boolean;
}

/**
 * Follows the stream from a revision on, for ever: whatever happens to the server or the connection, it goes on after the last message it has, without gap or
 * duplicate. A slow taker stops the pulling; nothing piles up here or in the server.
 */
export class Follower {
  readonly #link: NatsLink;
  readonly #options: FollowerOptions;
  readonly #forget: () => void;
  #position: Revision;
  #session: PullSession | undefined;
  #queue: FollowEvent[] = [];
  #wake: (() => void) | undefined;
  /** Messages asked for and not yet delivered. */
  #outstanding = 0;
  /** Whether the session has come to the end of what was there, and now waits for more. */
  #isLive = false;
  #isOpening = false;
  #isStopped = false;
  #lastHeardMs = performance.now();
  #retryDelayMs = retryDelayMinMs;
  #watchdog: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(link: NatsLink, options: FollowerOptions) {
    this.#link = link;
    this.#options = options;
    this.#position = options.after;
    this.#forget = link.onDisconnect(() => this.#restart());
    this.#watchdog = setInterval(() => this.#checkSilence(), options.heartbeatMs);
    void this.#open();
  }

  /** All events since the last call, waiting for at least one; empty once stopped. One call at a time. */
  async take(): Promise<readonly FollowEvent[]> {
    while (this.#queue.length === 0 && !this.#isStopped) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#isStopped) return [];
    const taken = this.#queue;
    this.#queue = [];
    this.#pull();
    return taken;
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#watchdog);
    clearTimeout(this.#retry);
    this.#forget();
    this.#session?.close();
    this.#queue = [];
    this.#wakeTaker();
  }

  #wakeTaker(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  async #open(): Promise<void> {
    if (this.#isOpening || this.#isStopped) return;
    this.#isOpening = true;
    try {
      await this.#link.untilConnected(retryDelayMaxMs);
      const { stream, filters, headersOnly = false } = this.#options;
      const session = await PullSession.open(
        this.#link,
        { stream, filters, start: this.#position + 1, headersOnly },
        (event) => this.#hear(session, event),
      );
      this.#isOpening = false;
      if (this.#isStopped) return session.close();
      this.#session = session;
      this.#retryDelayMs = retryDelayMinMs;
      this.#lastHeardMs = performance.now();
      this.#outstanding = 0;
      this.#isLive = false;
      this.#pull();
    } catch {
      // Whatever the reason (no connection, no leader, stream still recovering): a reader waits until it's over.
      this.#isOpening = false;
      this.#restart();
    }
  }

  #restart(): void {
    this.#session?.close();
    this.#session = undefined;
    if (this.#isStopped) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), this.#retryDelayMs);
    this.#retryDelayMs = Math.min(this.#retryDelayMs * 2, retryDelayMaxMs);
  }

  #checkSilence(): void {
    if (this.#session === undefined || this.#outstanding === 0) return;
    if (performance.now() - this.#lastHeardMs > silenceHeartbeats * this.#options.heartbeatMs) this.#restart();
  }

  #pull(): void {
    const session = this.#session;
    if (session === undefined) return;
    const room = bufferMaxMessages - this.#queue.length - this.#outstanding;
    // Until the end is reached, one pull at a time: the server refuses a second one that asks only for what is there.
    if (this.#isLive ? room < bufferMaxMessages / 2 : this.#outstanding > 0 || room < bufferMaxMessages / 2) return;
    this.#outstanding += room;
    if (!this.#isLive) return session.pull({ kind: 'present', batch: room });
    session.pull({
      kind: 'live',
      batch: room,
      maxBytes: bufferMaxBytes,
      expiresMs: pullExpiresMs,
      heartbeatMs: this.#options.heartbeatMs,
    });
  }

  #hear(session: PullSession, event: PullEvent): void {
    if (session !== this.#session) return;
    this.#lastHeardMs = performance.now();
    switch (event.kind) {
      case 'message':
        this.#outstanding = Math.max(this.#outstanding - 1, 0);
        this.#position = event.message.revision;
        this.#queue.push(event);
        break;
      case 'end':
        this.#isLive = true;
        this.#outstanding = 0;
        this.#searched(Math.max(this.#position, this.#options.head));
        break;
      case 'idle':
        this.#searched(event.through);
        break;
      case 'over':
        this.#outstanding = Math.max(this.#outstanding - event.missing, 0);
        break;
      case 'broken':
        this.#session = undefined;
        this.#restart();
        return;
    }
    this.#pull();
    if (this.#queue.length > 0) this.#wakeTaker();
  }

  #searched(through: Revision): void {
    const last = this.#queue.at(-1);
    if (last?.kind === 'searched') this.#queue.pop();
    this.#position = Math.max(this.#position, through);
    this.#queue.push({ kind: 'searched', through: this.#position });
  }
}
