import type { Revision } from '../event-log.ts';
import type { StoredMessage } from './stored-message.ts';

/**
 * Puts messages back into appends, so that readers never see a part of one. The messages of an append have adjacent sequences; a filter may hide any of them. An
 * append is complete when its last message is here, when none of those still missing matches the filter, or when the stream is known to have been searched beyond it.
 */
export class AppendAssembler {
  readonly #matches: (subject: string) => boolean;
  #ready: StoredMessage[] = [];
  #open: StoredMessage[] = [];
  #through: Revision;

  /** `through`: everything up to it is behind us. */
  constructor(matches: (subject: string) => boolean, through: Revision) {
    this.#matches = matches;
    this.#through = through;
  }

  /** Everything up to and including this revision is complete and ready, or was taken. */
  get through(): Revision {
    return this.#through;
  }

  get readyCount(): number {
    return this.#ready.length;
  }

  accept(message: StoredMessage): void {
    // A message of another append shows that the open one got all it will get.
    const [first] = this.#open;
    if (first !== undefined && first.appendStart !== message.appendStart) this.#complete();
    this.#through = Math.max(this.#through, message.appendStart - 1);
    if (!this.#matches(message.subject)) {
      // Widened filters let strangers through; they complete an append like any other.
      if (message.revision === message.appendEnd) this.#completeAt(message.revision);
      return;
    }
    this.#open.push(message);
    const isLast = message.revision === message.appendEnd;
    if (isLast || message.rest?.some((subject) => this.#matches(subject)) === false)
      this.#completeAt(message.appendEnd);
  }

  /** The stream was searched up to and including `revision`. */
  searched(revision: Revision): void {
    const [first] = this.#open;
    if (first !== undefined && first.appendEnd > revision) return;
    this.#completeAt(revision);
  }

  #completeAt(revision: Revision): void {
    this.#complete();
    this.#through = Math.max(this.#through, revision);
  }

  #complete(): void {
    const last = this.#open.at(-1);
    if (last === undefined) return;
    this.#through = Math.max(this.#through, last.appendEnd);
    this.#ready.push(...this.#open);
    this.#open = [];
  }

  /** Takes whole appends: all that are ready. */
  take(): readonly StoredMessage[] {
    const taken = this.#ready;
    this.#ready = [];
    return taken;
  }
}
