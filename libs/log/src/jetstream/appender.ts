import { nuid } from '@nats-io/nats-core';

import { LogUnavailable, type Append, type AppendResult, type Revision } from '../event-log.ts';
import type { Memos } from './memos.ts';
import type { LastMessages } from './last-messages.ts';
import type { NatsLink } from './nats-link.ts';
import { GroupPublisher } from './group-publisher.ts';
import { publishAppends, type OutgoingAppend } from './publication.ts';
import { readPublishAnswer, type PublishAnswer } from './server-answer.ts';

/** A compare-and-set that lost only against tombstones that came or went is tried again so often. */
const staleAttemptsMax = 8;
const notReadyDelayMs = 100;
const losersAtOnce = 32;

export interface AppenderDeps {
  readonly link: NatsLink;
  readonly last: LastMessages;
  readonly memos: Memos;
  readonly now: () => number;
}

export interface AppenderLimits {
  /** After so long without an answer an append is tried again; that never stores it twice. */
  readonly ackTimeoutMs: number;
  /** How long an append waits for a connection before it fails with `Unreachable`. */
  readonly unreachableAfterMs: number;
  /** An append that may have been stored is looked into for so long before it fails with `Undetermined`. */
  readonly undeterminedAfterMs: number;
}

/** An append on its way, with the log's prefix on its subjects. */
interface Job {
  readonly id: string;
  readonly entries: readonly Append[];
  readonly subjects: readonly string[];
  readonly timeMs: number;
  /** The newest revision known when it began: its own are later. */
  readonly after: Revision;
}

/** What a round of publishing came to. */
type Delivery = Exclude<PublishAnswer, { kind: 'not-ready' }> | { readonly kind: 'unanswered' };

/**
 * Appends with compare-and-set, whose rules differ between port and server after a deletion.
 *
 * No answer doesn't mean no effect. An append can be published again without being stored twice (see `publishAppends`); what the second answer can't
 * tell is read from the stream.
 */
export class Appender {
  readonly #deps: AppenderDeps;
  readonly #limits: AppenderLimits;
  readonly #groups: GroupPublisher;
  #newest: Revision = 0;

  constructor(deps: AppenderDeps, limits: AppenderLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#groups = new GroupPublisher(deps.link, limits.ackTimeoutMs);
  }

  /** Tells of a revision that exists. */
  noteRevision(revision: Revision): void {
    if (revision > this.#newest) this.#newest = revision;
  }

  /** `subjects`: those of the entries with the log's prefix. Throws LogUnavailable. */
  async append(entries: readonly Append[], subjects: readonly string[]): Promise<AppendResult> {
    const { memos, now } = this.#deps;
    const job: Job = { id: nuid.next(), entries, subjects, timeMs: now(), after: this.#newest };
    const early = await this.#deadExpectation(job);
    if (early !== undefined) return early;
    memos.keep(job.id, entries);
    let result: AppendResult | undefined;
    try {
      result = await this.#decide(job);
      return result;
    } finally {
      if (result?.kind !== 'appended') memos.drop(job.id, entries.length);
    }
  }

  /** The server would take a tombstone's revision for a live one's. */
  async #deadExpectation(job: Job): Promise<AppendResult | undefined> {
    const { entries, subjects } = job;
    const { last } = this.#deps;
    for (const [index, { expect }] of entries.entries()) {
      const prefixed = subjects[index] ?? '';
      if (expect === undefined || expect === 0) continue;
      const hint = last.hint(prefixed);
      const isLive = hint?.revision === expect ? !hint.deleted : !(await last.isTombstone(prefixed, expect));
      if (!isLive) return this.#findLoser(job);
    }
    return undefined;
  }

  async #liveRevision(subject: string): Promise<Revision> {
    const last = await this.#deps.last.fetch(subject);
    return last === undefined || last.deleted ? 0 : last.revision;
  }

  async #decide(job: Job): Promise<AppendResult> {
    for (let attempt = 0; attempt < staleAttemptsMax; attempt++) {
      const sequences = job.entries.map((entry, index) => this.#expectedSequence(entry, job.subjects[index] ?? ''));
      const answer = await this.#deliver({ ...job, sequences });
      switch (answer.kind) {
        case 'stored':
          return this.#stored(job, answer.lastSequence - job.entries.length + 1);
        case 'failed':
          throw answer.error;
        case 'unanswered':
        case 'duplicate':
        case 'stale': {
          const result = await this.#inspect(job, answer.kind);
          if (result !== undefined) return result;
        }
      }
    }
    throw new LogUnavailable('Io', 'the append kept losing against deletions of the same subjects');
  }

  /** What the server is to compare with: 0 in the port means "no live entry", in the server "no message". */
  #expectedSequence({ expect }: Append, subject: string): Revision | undefined {
    if (expect !== 0) return expect;
    const hint = this.#deps.last.hint(subject);
    return hint?.deleted === true ? hint.revision : 0;
  }

  #stored(job: Job, first: Revision): AppendResult {
    const revisions = job.entries.map((_, index) => first + index);
    job.entries.forEach(({ deleted = false }, index) => {
      this.#deps.last.note(job.subjects[index] ?? '', first + index, deleted);
    });
    this.noteRevision(first + job.entries.length - 1);
    return { kind: 'appended', revisions };
  }

  /**
   * Reads what became of an append that wasn't simply stored. Undefined: nothing stands in its way (any more), try again. An append that went unanswered and isn't in the stream
   * may still be on its way, so that only finding it is an answer.
   */
  async #inspect(job: Job, kind: 'unanswered' | 'duplicate' | 'stale'): Promise<AppendResult | undefined> {
    try {
      const own = await this.#deps.last.findAppend(job.subjects[0] ?? '', job.id, job.after);
      if (own?.appendId === job.id) return this.#stored(job, own.appendStart);
      if (kind === 'stale') return await this.#findLoser(job);
    } catch (error) {
      if (kind === 'stale') throw error;
      throw undetermined(error);
    }
    throw undetermined(undefined);
  }

  async #findLoser({ entries, subjects }: Job): Promise<AppendResult | undefined> {
    const conditional = entries.flatMap(({ subject, expect }, index) =>
      expect === undefined ? [] : [{ subject, expect, prefixed: subjects[index] ?? '' }],
    );
    for (let start = 0; start < conditional.length; start += losersAtOnce) {
      const some = conditional.slice(start, start + losersAtOnce);
      const actual = await Promise.all(some.map(({ prefixed }) => this.#liveRevision(prefixed)));
      const lost = some.findIndex(({ expect }, index) => actual[index] !== expect);
      const loser = some[lost];
      if (loser !== undefined) return { kind: 'conflict', subject: loser.subject, actual: actual[lost] ?? 0 };
    }
    return undefined;
  }

  async #deliver(append: OutgoingAppend): Promise<Delivery> {
    const outcome = await this.#groups.publish(append);
    if (outcome.kind === 'stored') return outcome;
    const startMs = performance.now();
    let tookMs: number | undefined;
    try {
      const delivery = await this.#deliverAlone(append, outcome.isInDoubt);
      if (delivery.kind === 'stored') tookMs = performance.now() - startMs;
      return delivery;
    } finally {
      this.#groups.doneAlone(append, tookMs);
    }
  }

  /** Publishes until there is an answer or the time is over. Throws LogUnavailable as long as nothing can have been stored; `wasInDoubt`: it may have been before. */
  async #deliverAlone(append: OutgoingAppend, wasInDoubt: boolean): Promise<Delivery> {
    const { link } = this.#deps;
    const { ackTimeoutMs, unreachableAfterMs, undeterminedAfterMs } = this.#limits;
    const startMs = performance.now();
    const remaining = (limitMs: number): number => startMs + limitMs - performance.now();
    const exchange = link.openExchange();
    let isInDoubt = wasInDoubt;
    let trouble = 'there is no connection to NATS';
    try {
      for (;;) {
        const limitMs = isInDoubt ? undeterminedAfterMs : unreachableAfterMs;
        if (!link.isConnected()) await link.untilConnected(remaining(limitMs));
        else if (isInDoubt) await link.isAnswering(remaining(limitMs));
        if (!link.isConnected() || (isInDoubt && remaining(limitMs) <= 0)) {
          if (isInDoubt) return { kind: 'unanswered' };
          throw new LogUnavailable('Unreachable', `${trouble}, nothing was stored`);
        }
        publishAppends(link, [append], exchange.replyTo);
        const reply = await exchange.reply(isInDoubt ? Math.min(ackTimeoutMs, remaining(limitMs)) : ackTimeoutMs);
        if (typeof reply === 'string') {
          isInDoubt = true;
          continue;
        }
        const answer = readPublishAnswer(reply);
        if (answer.kind !== 'not-ready') {
          // That this time nothing was stored says nothing about the time before.
          return answer.kind === 'failed' && isInDoubt ? { kind: 'unanswered' } : answer;
        }
        trouble = answer.message;
        if (remaining(limitMs) <= 0) {
          if (isInDoubt) return { kind: 'unanswered' };
          throw new LogUnavailable('Unreachable', `NATS: ${trouble}, nothing was stored`);
        }
        await new Promise((resolve) => setTimeout(resolve, notReadyDelayMs));
      }
    } finally {
      exchange.close();
    }
  }
}

function undetermined(cause: unknown): LogUnavailable {
  return new LogUnavailable(
    'Undetermined',
    'NATS did not answer in time: the append may or may not have been stored',
    cause === undefined ? undefined : { cause },
  );
}
