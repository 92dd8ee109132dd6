/**
 * Who holds which object. The member's engine holds one intent for an object; what a Work was given last is remembered here, so that outcomes and reports find it, and so that a
 * Work does not take away what somebody else (a binding, the namespace of the control plane, another Work) holds.
 */
import type { Intent } from '@flotilla/member/intent';
import type { MemberSync } from '@flotilla/member/member-sync';
import type { ObjectTarget } from '@flotilla/member/object-target';

import type { UserWorkState, WorkObject } from './user-work-state.ts';

export class UserWorkObjects {
  readonly #memberOf: (cluster: string) => MemberSync | undefined;
  /** `cluster target` → the Work whose intent the member's engine was given last. */
  readonly #holders = new Map<string, UserWorkState>();

  readonly #isPlacedElsewhere: (cluster: string, target: ObjectTarget) => boolean;

  /** `isPlacedElsewhere`: a binding that another replica looks after has the object in this cluster; its intent is in no engine here. */
  constructor(
    memberOf: (cluster: string) => MemberSync | undefined,
    isPlacedElsewhere: (cluster: string, target: ObjectTarget) => boolean,
  ) {
    this.#memberOf = memberOf;
    this.#isPlacedElsewhere = isPlacedElsewhere;
  }

  holderOf(cluster: string, key: string): UserWorkState | undefined {
    return this.#holders.get(holderKey(cluster, key));
  }

  isHeldByOther({ cluster }: UserWorkState, object: WorkObject): boolean {
    const member = this.#memberOf(cluster);
    const held = member?.intentOf(object.target);
    if (this.#isPlacedElsewhere(cluster, object.target)) {
      // The other replica would undo what we do.
      if (held !== undefined && held === object.intent) member?.forget(object.target);
      object.intent = undefined;
      object.intentKey = '';
      return true;
    }
    return held !== undefined && held !== object.intent;
  }

  /** Gives the member the intent, unless it has an equal one from this Work, or the object is somebody else's: then the Work says so. */
  give(state: UserWorkState, key: string, object: WorkObject, intentKey: string, make: () => Intent): void {
    const member = this.#memberOf(state.cluster);
    if (member === undefined) return;
    if (this.isHeldByOther(state, object)) {
      setOutcome(object, false, heldMessage(object.target));
      return;
    }
    if (object.intentKey === intentKey && object.intent !== undefined) return;
    object.intent = make();
    object.intentKey = intentKey;
    this.#holders.set(holderKey(state.cluster, key), state);
    member.setIntent(object.intent);
  }

  /** The Work does not hold the object any more; false when it did not before. What the engine does about it stays. */
  release(state: UserWorkState, key: string): boolean {
    const holder = holderKey(state.cluster, key);
    return this.#holders.get(holder) === state && this.#holders.delete(holder);
  }

  /** The Work is gone: the engine forgets its intents. Answers the keys of the objects that are free now. */
  abandon(state: UserWorkState): readonly string[] {
    const member = this.#memberOf(state.cluster);
    const freed: string[] = [];
    for (const [key, { target, intent }] of state.objects) {
      if (!this.release(state, key)) continue;
      if (intent !== undefined && member?.intentOf(target) === intent) member.forget(target);
      freed.push(key);
    }
    return freed;
  }

  /** The member's engine is a new one and knows no intents. */
  reopen(state: UserWorkState): void {
    for (const [key, object] of state.objects) {
      object.intent = undefined;
      object.intentKey = '';
      this.release(state, key);
    }
  }
}

export function setOutcome(object: WorkObject, isApplied: boolean, message: string): void {
  object.isApplied = isApplied;
  object.message = message;
}

export function heldMessage({ kind, namespace, name }: ObjectTarget): string {
  const object = namespace === '' ? name : `${namespace}/${name}`;
  return `${kind} ${object} is placed in this cluster by a binding or another Work; delete one of the two`;
}

function holderKey(cluster: string, key: string): string {
  return `${cluster} ${key}`;
}
