/**
 * Folds what members report into the binding's and the template's status: one write per workload and interval, whatever the number of reports. Both objects go into one
 * all-or-nothing commit; a lost race is folded again from fresh state.
 *
 * The status of a template whose kind is aggregated belongs to this service: what somebody else writes there is put back at once, but only once a second, so that two who insist
 * do not keep the log busy.
 */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import { isSameStatus } from '@flotilla/interpreter/object-field';
import type { Fields } from '@flotilla/interpreter/object-field';
import type { AggregatedStatusItem } from '@flotilla/kinds/karmada/work';
import { fullyAppliedCondition } from '@flotilla/kinds/karmada/well-known';
import type { Condition, KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectStore, ObjectWrite, StoredObject } from '@flotilla/store/object-store';

import { bindingOf } from './binding-state.ts';
import type { Binding } from '@flotilla/works/binding';
import type { BindingState } from './binding-state.ts';
import { fullyApplied } from './fully-applied.ts';
import { WriteCoalescer } from './write-coalescer.ts';

export interface StatusWriterDeps {
  readonly store: ObjectStore;
  readonly interpreter: Interpreter;
  readonly stateOf: (key: string) => BindingState | undefined;
  readonly templateOf: (state: BindingState) => StoredObject | undefined;
  /** Members are being written to: status can wait a little. */
  readonly isBusy: () => boolean;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** Between two corrections of one template's status. */
const correctionPauseMs = 1_000;

export class StatusWriter {
  readonly #deps: StatusWriterDeps;
  readonly #coalescer: WriteCoalescer;
  /** Bindings whose template's status was put back a moment ago. */
  readonly #corrected = new Map<string, NodeJS.Timeout>();
  /** Those of them that have to be looked at again when the pause is over. */
  readonly #waiting = new Set<string>();

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps;
    this.#coalescer = new WriteCoalescer({ ...deps, write: (key) => this.#write(key) });
  }

  get depth(): number {
    return this.#coalescer.depth;
  }

  mark(key: string): void {
    this.#coalescer.mark(key);
  }

  stop(): void {
    this.#coalescer.stop();
    for (const timer of this.#corrected.values()) clearTimeout(timer);
  }

  /** A template changed, or came anew: a status that is not the one that it was given last is put back. `previous` counts while nothing was given yet. */
  check(state: BindingState, template: KubeObject, previous: KubeObject | undefined): void {
    if (bindingOf(state).metadata.deletionTimestamp !== undefined) return;
    if (!this.#deps.interpreter.supports(template, 'aggregateStatus')) return;
    const given = givenTo(state, template) ?? previous?.['status'];
    if (!isSameStatus(template['status'], given)) this.#correct(state.key);
  }

  #correct(key: string): void {
    if (this.#corrected.has(key)) {
      this.#waiting.add(key);
      return;
    }
    this.mark(key);
    const timer = setTimeout(() => {
      this.#corrected.delete(key);
      if (this.#waiting.delete(key)) this.#correct(key);
    }, correctionPauseMs);
    this.#corrected.set(key, timer);
  }

  async #write(key: string): Promise<'done' | 'conflict'> {
    const state = this.#deps.stateOf(key);
    const writes = state === undefined ? [] : this.#writes(state);
    if (writes.length === 0) return 'done';
    const result = await this.#deps.store.commit(writes);
    return result.kind === 'conflict' ? 'conflict' : 'done';
  }

  #writes(state: BindingState): readonly ObjectWrite[] {
    const { store, now } = this.#deps;
    // The freshest there is: the cache may be ahead of this service's own notifications.
    const stored = store.get(state.stored.resource, state.stored.namespace, state.stored.name);
    if (stored === undefined || stored.object.metadata.uid !== bindingOf(state).metadata.uid) return [];
    const binding = stored.object as Binding;
    const items = itemsOf(state);
    const writes: ObjectWrite[] = [];
    const status = { ...binding.status, aggregatedStatus: items, conditions: conditionsOf(binding, state, now()) };
    if (!isSameJson(status, binding.status)) writes.push(statusWrite(stored, { ...binding, status }));
    const template = this.#deps.templateOf(state);
    const templateStatus = template === undefined ? undefined : this.#templateStatus(state, template.object, items);
    if (template !== undefined && templateStatus !== undefined) {
      writes.push(statusWrite(template, { ...template.object, status: templateStatus }));
    }
    return writes;
  }

  /**
   * `undefined`: this kind is not aggregated, or nothing changed. What aggregation takes over from before (a finished Job stays finished) is what was given last, not what somebody
   * else wrote meanwhile.
   */
  #templateStatus(state: BindingState, template: KubeObject, items: readonly AggregatedStatusItem[]): unknown {
    const given = givenTo(state, template);
    const status = this.#deps.interpreter.aggregateStatus(
      given === undefined ? template : { ...template, status: given },
      items as Parameters<Interpreter['aggregateStatus']>[1],
      { nowMs: this.#deps.now() },
    );
    if (status === undefined) return undefined;
    state.aggregated = { uid: template.metadata.uid, status };
    return isSameStatus(status, template['status']) ? undefined : status;
  }
}

/** What the template was given last; nothing if another one has taken its place. */
function givenTo({ aggregated }: BindingState, template: KubeObject): Fields | undefined {
  return aggregated?.uid === template.metadata.uid ? aggregated?.status : undefined;
}

function statusWrite(stored: StoredObject, object: KubeObject): ObjectWrite {
  const { resource, namespace, name, revision } = stored;
  return { resource, namespace, name, object, expect: revision };
}

function itemsOf(state: BindingState): readonly AggregatedStatusItem[] {
  return [...state.clusters]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([clusterName, { statusJson, isApplied, appliedMessage, health }]) => ({
      clusterName,
      ...(statusJson === undefined ? {} : { status: JSON.parse(statusJson) as Record<string, unknown> }),
      ...(isApplied === undefined ? {} : { applied: isApplied }),
      ...(appliedMessage === '' ? {} : { appliedMessage }),
      health,
    }));
}

function conditionsOf(binding: Binding, state: BindingState, nowMs: number): readonly Condition[] {
  const conditions = (binding.status?.conditions ?? []) as readonly Condition[];
  const next = fullyApplied(state);
  const others = conditions.filter(({ type }) => type !== fullyAppliedCondition);
  const current = conditions.find(({ type }) => type === fullyAppliedCondition);
  if (next === undefined) return current === undefined ? conditions : others;
  if (current?.status === next.status && current.reason === next.reason && current.message === next.message)
    return conditions;
  const lastTransitionTime =
    current?.status === next.status && current.lastTransitionTime !== undefined
      ? current.lastTransitionTime
      : new Date(nowMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return [...others, { ...next, lastTransitionTime }];
}

/** Key order of statuses is ours on both sides, so text equality is enough; a false difference only costs a write. */
function isSameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
