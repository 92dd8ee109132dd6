import type { ResponseStream } from '../http/exchange.ts';
import { failure, type Status } from '../errors/status.ts';
import type { WatchEncoder } from './watch-encoder.ts';
import type { WatchEvent } from './watch-event.ts';

export interface WatcherOptions {
  readonly encoder: WatchEncoder;
  readonly stream: ResponseStream;
  /** Events that may wait for the client. */
  readonly bufferEvents: number;
  readonly sendsBookmarks: boolean;
  readonly onTooSlow: () => void;
  readonly onEnd: () => void;
}

/**
 * Delivers events to one client in order. What the socket doesn't take waits here as references to stored objects, up to a bound: a client that
 * is further behind is told 410 and has to list again.
 */
export class Watcher {
  readonly #options: WatcherOptions;
  #waiting: WatchEvent[] = [];
  #hasRoom = true;
  #isEnded = false;
  #revision = 0;
  #endsInitialEvents = false;

  constructor(options: WatcherOptions) {
    this.#options = options;
    options.stream.onDrain(() => this.#drain());
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Initial state may be larger than the buffer: it's bounded by what exists, and held as references. */
  start(events: readonly WatchEvent[], revision: number, sendsEnd: boolean): void {
    this.#revision = revision;
    this.#endsInitialEvents = sendsEnd;
    this.#waiting = [...events];
    this.#drain();
  }

  push(events: readonly WatchEvent[], through: number): void {
    if (this.#isEnded) return;
    this.#revision = through;
    if (events.length === 0) return;
    if (this.#waiting.length + events.length > this.#options.bufferEvents && this.#waiting.length > 0) {
      this.#options.onTooSlow();
      this.end(failure(410, 'Expired', 'too old resource version: the client did not keep up with the changes'));
      return;
    }
    if (this.#waiting.length === 0) this.#waiting = [...events];
    else this.#waiting.push(...events);
    if (this.#hasRoom) this.#drain();
  }

  /** Tells the client that it has everything up to the revision, if it does. */
  bookmark(revision: number): void {
    if (this.#isEnded || !this.#options.sendsBookmarks || !this.#hasRoom || this.#waiting.length > 0) return;
    this.#revision = Math.max(this.#revision, revision);
    this.#write(this.#options.encoder.bookmark(this.#revision, false));
  }

  end(status?: Status): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#waiting = [];
    if (!this.#options.stream.isClosed) {
      this.#options.stream.end(status === undefined ? undefined : this.#options.encoder.error(status));
    }
    this.#options.onEnd();
  }

  #drain(): void {
    this.#hasRoom = true;
    let at = 0;
    while (at < this.#waiting.length && this.#hasRoom && !this.#isEnded) at = this.#writeBatch(at);
    if (this.#isEnded) return;
    this.#waiting = at >= this.#waiting.length ? [] : this.#waiting.slice(at);
    if (this.#endsInitialEvents && this.#waiting.length === 0) {
      this.#endsInitialEvents = false;
      this.#write(this.#options.encoder.bookmark(this.#revision, true));
    }
  }

  /** Several small events go out in one write: one frame and one TLS record instead of many. */
  #writeBatch(start: number): number {
    const parts: Uint8Array[] = [];
    let length = 0;
    let at = start;
    for (; at < this.#waiting.length && length < 65_536; at += 1) {
      const event = this.#waiting[at];
      if (event === undefined) break;
      const bytes = this.#options.encoder.encode(event);
      parts.push(bytes);
      length += bytes.length;
    }
    this.#write(parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, length));
    return at;
  }

  #write(bytes: Uint8Array): void {
    if (this.#options.stream.isClosed) {
      this.end();
      return;
    }
    this.#hasRoom = this.#options.stream.write(bytes);
  }
}
