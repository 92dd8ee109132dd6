import { AckPolicy, DeliverPolicy, ReplayPolicy, type ConsumerConfig } from '@nats-io/jetstream';
import { nuid, type Msg } from '@nats-io/nats-core';

import type { Revision } from '../event-log.ts';
import type { NatsLink } from './nats-link.ts';
import { decodeMessage, readDelivery, type StoredMessage } from './stored-message.ts';

/** The server forgets a consumer that nobody has asked for so long. */
const inactiveMs = 30_000;
const nanosPerMs = 1_000_000;

export type PullEvent =
  | { readonly kind: 'message'; readonly message: StoredMessage }
  /** The stream was searched up to its end. */
  | { readonly kind: 'end' }
  /** The stream was searched up to this revision, and there is nothing more for now. */
  | { readonly kind: 'idle'; readonly through: Revision }
  /** A pull ended without having delivered all it asked for: so many are missing. */
  | { readonly kind: 'over'; readonly missing: number }
  /** A message is missing, or the consumer is gone: go on with a new session after the last message. */
  | { readonly kind: 'broken'; readonly cause: string };

export interface PullSessionOptions {
  readonly stream: string;
  /** Undefined: everything. */
  readonly filters: readonly string[] | undefined;
  /** First sequence, or the newest message of each subject. */
  readonly start: Revision | 'last-per-subject';
  /** Without bodies. */
  readonly headersOnly?: boolean;
}

/** What to pull: at most so many messages; either what is there now, or also what comes. */
export type Pull =
  | { readonly kind: 'present'; readonly batch: number }
  | {
      readonly kind: 'live';
      readonly batch: number;
      readonly maxBytes: number;
      readonly expiresMs: number;
      readonly heartbeatMs: number;
    };

/**
 * One short-lived consumer in the server and what it delivers, in order and checked for gaps. The client's own ordered consumer isn't used: it waits up to half a minute
 * after trouble, and doesn't tell how far the stream was searched.
 */
export class PullSession {
  readonly #link: NatsLink;
  readonly #options: PullSessionOptions;
  readonly #onEvent: (event: PullEvent) => void;
  readonly #name = `flotilla-${nuid.next()}`;
  readonly #inbox: string;
  #delivered = 0;
  #pulls = 0;
  #isOver = false;
  #unsubscribe: () => void = () => undefined;

  private constructor(link: NatsLink, options: PullSessionOptions, onEvent: (event: PullEvent) => void) {
    this.#link = link;
    this.#inbox = link.newInbox();
    this.#options = options;
    this.#onEvent = onEvent;
  }

  /** Makes the consumer. Throws what the client throws. */
  static async open(
    link: NatsLink,
    options: PullSessionOptions,
    onEvent: (event: PullEvent) => void,
  ): Promise<PullSession> {
    const session = new PullSession(link, options, onEvent);
    await link.manager.consumers.add(options.stream, session.#config());
    const subscription = link.connection.subscribe(`${session.#inbox}.*`, {
      callback: (error, message) => session.#take(error, message),
    });
    session.#unsubscribe = () => subscription.unsubscribe();
    return session;
  }

  #config(): Partial<ConsumerConfig> {
    const { filters, start, headersOnly = false } = this.#options;
    return {
      name: this.#name,
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: inactiveMs * nanosPerMs,
      headers_only: headersOnly,
      ...(start === 'last-per-subject'
        ? { deliver_policy: DeliverPolicy.LastPerSubject, ...(filters === undefined && { filter_subject: '>' }) }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(start, 1) }),
      ...(filters?.length === 1 && filters[0] !== undefined && { filter_subject: filters[0] }),
      ...(filters !== undefined && filters.length > 1 && { filter_subjects: [...filters] }),
    };
  }

  pull(pull: Pull): void {
    const request =
      pull.kind === 'present'
        ? { batch: pull.batch, no_wait: true }
        : {
            batch: pull.batch,
            max_bytes: pull.maxBytes,
            expires: pull.expiresMs * nanosPerMs,
            idle_heartbeat: pull.heartbeatMs * nanosPerMs,
          };
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${this.#options.stream}.${this.#name}`;
    this.#link.publish(subject, Buffer.from(JSON.stringify(request)), undefined, `${this.#inbox}.${this.#pulls++}`);
  }

  #take(error: Error | null, message: Msg): void {
    if (this.#isOver) return;
    if (error !== null) return this.#break(error.message);
    if (message.subject.startsWith(this.#inbox)) return this.#takeStatus(message);
    const delivery = readDelivery(message);
    if (delivery?.consumerSequence !== this.#delivered + 1) return this.#break('a delivery is missing');
    this.#delivered++;
    this.#onEvent({
      kind: 'message',
      message: decodeMessage(message, delivery.streamSequence, delivery.storedAtMs),
    });
  }

  #takeStatus(message: Msg): void {
    const status = message.headers?.code ?? 0;
    switch (status) {
      case 100: {
        const delivered = Number(message.headers?.get('Nats-Last-Consumer'));
        if (delivered !== this.#delivered) return this.#break('a delivery is missing');
        return this.#onEvent({ kind: 'idle', through: Number(message.headers?.get('Nats-Last-Stream')) });
      }
      case 404:
        return this.#onEvent({ kind: 'end' });
      case 408:
      case 409: {
        const description = message.headers?.description ?? '';
        if (/Deleted|Leadership|Shutdown/i.test(description)) return this.#break(description);
        return this.#onEvent({
          kind: 'over',
          missing: Number(message.headers?.get('Nats-Pending-Messages') ?? 0),
        });
      }
      default:
        return this.#break(`status ${status}: ${message.headers?.description ?? ''}`);
    }
  }

  #break(cause: string): void {
    this.#isOver = true;
    this.#unsubscribe();
    this.#onEvent({ kind: 'broken', cause });
  }

  /** No event comes after this. The consumer is deleted in the background; if that fails, the server forgets it by itself. */
  close(): void {
    this.#isOver = true;
    this.#unsubscribe();
    if (this.#link.isConnected()) {
      this.#link.publish(
        `$JS.API.CONSUMER.DELETE.${this.#options.stream}.${this.#name}`,
        new Uint8Array(),
        undefined,
        undefined,
      );
    }
  }
}
