import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/nats-core';
import { connect, type NodeConnectionOptions } from '@nats-io/transport-node';

import { LogUnavailable } from '../event-log.ts';
import { Exchanges, type Exchange } from './exchange.ts';
import { checkServer } from './server-check.ts';

const reconnectWaitMs = 100;
const reconnectJitterMs = 100;
const pingIntervalMs = 5_000;
const unansweredPingsMax = 3;

/** How to reach NATS; names and meaning as in the client. */
export interface NatsLinkOptions extends Pick<
  NodeConnectionOptions,
  'servers' | 'name' | 'user' | 'pass' | 'token' | 'tls' | 'authenticator' | 'inboxPrefix'
> {
  /** How long one call to the server may take (default 5,000). */
  readonly requestTimeoutMs?: number;
}

/** One connection to NATS that outlives the server: it reconnects for as long as it's open. Several logs may share it. */
export interface NatsLink {
  readonly connection: NatsConnection;
  /** For what is rare: streams, consumers, single messages. */
  readonly manager: JetStreamManager;
  readonly requestTimeoutMs: number;
  isConnected(): boolean;
  /** True as soon as there is a connection; false after `timeoutMs`, or when the link was closed. */
  untilConnected(timeoutMs: number): Promise<boolean>;
  /** True when the server answered a ping within `timeoutMs`. */
  isAnswering(timeoutMs: number): Promise<boolean>;
  /** Calls back on each lost connection until the returned function is called. */
  onDisconnect(listener: () => void): () => void;
  /** A subject of one's own to get answers on, below the prefix that this connection may subscribe to. */
  newInbox(): string;
  /** A reply address of one's own. */
  openExchange(): Exchange;
  publish(subject: string, payload: Uint8Array, headers: MsgHdrs | undefined, replyTo: string | undefined): void;
  close(): Promise<void>;
}

/** Connects and checks that the server can hold the log. Throws LogUnavailable (`Unreachable`) or NatsUnsupported. */
export async function connectNats({ requestTimeoutMs = 5_000, ...options }: NatsLinkOptions): Promise<NatsLink> {
  let connection: NatsConnection;
  try {
    connection = await connect({
      ...options,
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectWaitMs,
      reconnectJitter: reconnectJitterMs,
      pingInterval: pingIntervalMs,
      maxPingOut: unansweredPingsMax,
      timeout: requestTimeoutMs,
    });
  } catch (error) {
    throw new LogUnavailable('Unreachable', `NATS at ${String(options.servers)} cannot be reached: ${String(error)}`, {
      cause: error,
    });
  }
  try {
    checkServer(connection.info);
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: requestTimeoutMs });
    return new Link(connection, manager, requestTimeoutMs, options.inboxPrefix);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

class Link implements NatsLink {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly requestTimeoutMs: number;
  readonly #inboxPrefix: string | undefined;
  readonly #exchanges: Exchanges;
  readonly #listeners = new Set<() => void>();
  readonly #waiting = new Set<() => void>();
  #isConnected = true;
  #ping: Promise<boolean> | undefined;

  constructor(
    connection: NatsConnection,
    manager: JetStreamManager,
    requestTimeoutMs: number,
    inboxPrefix: string | undefined,
  ) {
    this.connection = connection;
    this.manager = manager;
    this.requestTimeoutMs = requestTimeoutMs;
    this.#inboxPrefix = inboxPrefix;
    const inbox = this.newInbox();
    this.#exchanges = new Exchanges(inbox);
    connection.subscribe(`${inbox}.*`, { callback: (error, message: Msg) => this.#exchanges.take(error, message) });
    void this.#followStatus();
  }

  async #followStatus(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'reconnect') {
        this.#isConnected = true;
        for (const wake of this.#waiting) wake();
      } else if (type === 'disconnect') this.#lose();
    }
    this.#lose();
  }

  #lose(): void {
    this.#isConnected = false;
    this.#exchanges.loseAll();
    for (const listener of this.#listeners) listener();
    if (this.connection.isClosed()) for (const wake of this.#waiting) wake();
  }

  isConnected(): boolean {
    return this.#isConnected && !this.connection.isClosed();
  }

  async untilConnected(timeoutMs: number): Promise<boolean> {
    if (this.isConnected() || this.connection.isClosed()) return this.isConnected();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.max(timeoutMs, 0));
      this.#waiting.add(wake);
    });
    return this.isConnected();
  }

  async isAnswering(timeoutMs: number): Promise<boolean> {
    if (!this.isConnected()) return false;
    // One ping serves everybody who waits; it ends by itself when the connection does.
    this.#ping ??= this.connection
      .flush()
      .then(
        () => true,
        () => false,
      )
      .finally(() => (this.#ping = undefined));
    const timeout = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => timeout.resolve(false), Math.max(timeoutMs, 0));
    try {
      return await Promise.race([this.#ping, timeout.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  onDisconnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  newInbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  openExchange(): Exchange {
    return this.#exchanges.open();
  }

  publish(subject: string, payload: Uint8Array, headers: MsgHdrs | undefined, replyTo: string | undefined): void {
    this.connection.publish(subject, payload, {
      ...(headers !== undefined && { headers }),
      ...(replyTo !== undefined && { reply: replyTo }),
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
    this.#lose();
  }
}
