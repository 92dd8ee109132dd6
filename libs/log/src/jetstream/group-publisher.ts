import type { Revision } from '../event-log.ts';
import type { NatsLink } from './nats-link.ts';
import { batchMaxMessages, publishAppends, type OutgoingAppend } from './publication.ts';
import { readPublishAnswer } from './server-answer.ts';

const groupsAtOnce = 2;
const groupMaxBytes = 4 * 1024 * 1024;
/** Between these, so many single entries go on their own at a time as the server takes in the time of one group. */
const singlesAtOnceMin = 4;
const singlesAtOnceMax = 128;
const groupCostInitialMs = 2;
const singleCostInitialMs = 0.25;
/** Weights of the newest measurement. */
const smoothing = 0.05;
const smoothingDown = 0.2;
const smoothingUp = 0.005;

/** What a group came to for one of its appends. */
export type GroupOutcome =
  | { readonly kind: 'stored'; readonly lastSequence: Revision }
  /** To be published on its own. `isInDoubt`: it may have been stored already. */
  | { readonly kind: 'alone'; readonly isInDoubt: boolean };

interface Waiting {
  readonly append: OutgoingAppend;
  readonly settle: (outcome: GroupOutcome) => void;
}

/**
 * Group commit. For the server an atomic batch costs about as much whether it has two messages or hundreds: a folder, and one sync to disk. So appends that come while others
 * are under way share a batch. A batch is refused as a whole when one of them lost a race; then its halves are tried, down to the one that lost, which goes on alone.
 */
export class GroupPublisher {
  readonly #link: NatsLink;
  readonly #ackTimeoutMs: number;
  #waiting: Waiting[] = [];
  #groupsUnderWay = 0;
  #singlesUnderWay = 0;
  #groupCostMs = groupCostInitialMs;
  #singleCostMs = singleCostInitialMs;

  constructor(link: NatsLink, ackTimeoutMs: number) {
    this.#link = link;
    this.#ackTimeoutMs = ackTimeoutMs;
  }

  /** Publishes the append together with others, or leaves it to the caller at once; a caller that was left alone calls `doneAlone` when it has its answer. */
  async publish(append: OutgoingAppend): Promise<GroupOutcome> {
    if (append.entries.length === 1 && this.#singlesUnderWay < this.#singlesAtOnce()) {
      this.#singlesUnderWay++;
      return { kind: 'alone', isInDoubt: false };
    }
    const outcome = await new Promise<GroupOutcome>((settle) => {
      this.#waiting.push({ append, settle });
      if (this.#groupsUnderWay < groupsAtOnce) void this.#sendNext();
    });
    if (outcome.kind === 'alone' && append.entries.length === 1) this.#singlesUnderWay++;
    return outcome;
  }

  /** `tookMs`: how long its answer took; undefined = it got none the ordinary way. */
  doneAlone({ entries }: OutgoingAppend, tookMs: number | undefined): void {
    if (entries.length > 1) return;
    if (tookMs !== undefined) this.#noteSingle(tookMs / this.#singlesUnderWay);
    this.#singlesUnderWay--;
  }

  /** Believes quick ones sooner: a slow one may just have waited behind a group. */
  #noteSingle(costMs: number): void {
    this.#singleCostMs += (costMs - this.#singleCostMs) * (costMs < this.#singleCostMs ? smoothingDown : smoothingUp);
  }

  #singlesAtOnce(): number {
    return Math.min(Math.max(this.#groupCostMs / this.#singleCostMs, singlesAtOnceMin), singlesAtOnceMax);
  }

  async #sendNext(): Promise<void> {
    this.#groupsUnderWay++;
    // What is called in the same turn belongs together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) await this.#send(this.#nextGroup());
    this.#groupsUnderWay--;
  }

  /** From the front, for as long as it fits and no subject comes twice, which the server doesn't take in one batch. */
  #nextGroup(): readonly Waiting[] {
    const subjects = new Set<string>();
    let messages = 0;
    let bytes = 0;
    const end = this.#waiting.findIndex(({ append }) => {
      messages += append.entries.length;
      bytes += append.entries.reduce((sum, { value }) => sum + value.byteLength, 0);
      const isTwice = append.subjects.some((subject) => subjects.has(subject));
      for (const subject of append.subjects) subjects.add(subject);
      const isFirst = messages === append.entries.length;
      return !isFirst && (isTwice || messages > batchMaxMessages || bytes > groupMaxBytes);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    const [only] = group;
    if (group.length === 1 && only !== undefined) return this.#leaveAlone(group, false);
    if (!this.#link.isConnected()) return this.#leaveAlone(group, false);
    const exchange = this.#link.openExchange();
    const startMs = performance.now();
    try {
      publishAppends(
        this.#link,
        group.map(({ append }) => append),
        exchange.replyTo,
      );
      const reply = await exchange.reply(this.#ackTimeoutMs);
      if (typeof reply === 'string') return this.#leaveAlone(group, true);
      const answer = readPublishAnswer(reply);
      this.#groupCostMs += (performance.now() - startMs - this.#groupCostMs) * smoothing;
      if (answer.kind === 'stored') return this.#stored(group, answer.lastSequence);
      if (answer.kind !== 'stale') return this.#leaveAlone(group, false);
    } finally {
      exchange.close();
    }
    const middle = Math.ceil(group.length / 2);
    await this.#send(group.slice(0, middle));
    await this.#send(group.slice(middle));
  }

  #stored(group: readonly Waiting[], lastSequence: Revision): void {
    let last = lastSequence;
    for (const { append, settle } of group.toReversed()) {
      settle({ kind: 'stored', lastSequence: last });
      last -= append.entries.length;
    }
  }

  #leaveAlone(group: readonly Waiting[], isInDoubt: boolean): void {
    for (const { settle } of group) settle({ kind: 'alone', isInDoubt });
  }
}
