import type { MemberRequest, MemberResponse } from '../member-client.ts';
import { MemoryMember } from './memory-member.ts';

/** A member whose answers to one kind of request arrive when the test says so: they were made when the request came. */
export class SlowMember extends MemoryMember {
  slow: RegExp | undefined;
  /** Answers that are held back; calling one lets it go. */
  readonly waiting: (() => void)[] = [];

  override async request(request: MemberRequest): Promise<MemberResponse> {
    const response = await super.request(request);
    if (this.slow?.test(`${request.method} ${request.path}`) === true) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return response;
  }

  /** Lets all go, and holds back nothing more. */
  release(): void {
    this.slow = undefined;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
