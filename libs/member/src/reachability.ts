import { backoffMs } from './member-informer.ts';
import type { MemberUnreachable } from './member-client.ts';

export interface ReachabilityDeps {
  /** Start nothing while the member is away. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly onReachable: (isReachable: boolean, message: string) => void;
  readonly random: () => number;
}

/** Whether the member answers. One that doesn't is left alone for a while, longer each time; the first answer ends that. */
export class Reachability {
  readonly #deps: ReachabilityDeps;
  #failures = 0;
  #resumeTimer: NodeJS.Timeout | undefined;

  constructor(deps: ReachabilityDeps) {
    this.#deps = deps;
  }

  /** The member answered, whatever it said. */
  reached(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#deps.onReachable(true, '');
  }

  /** Requests that were on their way together fail together: they count once. */
  unreachable(error: MemberUnreachable): void {
    if (this.#resumeTimer !== undefined) return;
    this.#failures++;
    this.#deps.pause();
    this.#deps.onReachable(false, error.message);
    this.#resumeTimer = setTimeout(
      () => {
        this.#resumeTimer = undefined;
        this.#deps.resume();
      },
      backoffMs(this.#failures, this.#deps.random),
    );
  }

  /** The member is known to answer again: do not wait any longer. */
  nudge(): void {
    if (this.#resumeTimer === undefined) return;
    this.stop();
    this.#deps.resume();
  }

  stop(): void {
    clearTimeout(this.#resumeTimer);
    this.#resumeTimer = undefined;
  }
}
