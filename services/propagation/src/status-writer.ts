/**
 * Folds what members report into the binding's and the template's status: one write per workload and interval, whatever the number of reports. Both objects go into one
 * all-or-nothing commit; a lost race is folded again from fresh state.
 */
import type { Interpreter } from '@flotilla/interpreter/interpreter';
import type { AggregatedStatusItem } from '@flotilla/kinds/karmada/work';
import { fullyAppliedCondition } from '@flotilla/kinds/karmada/well-known';
import type { Condition, KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectStore, ObjectWrite, StoredObject } from '@flotilla/store/object-store';

import { bindingOf } from './binding-state.ts';
import type { Binding, BindingState } from './binding-state.ts';
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

export class StatusWriter {
  readonly #deps: StatusWriterDeps;
  readonly #coalescer: WriteCoalescer;

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
    const templateStatus = template === undefined ? undefined : this.#templateStatus(template.object, items);
    if (template !== undefined && templateStatus !== undefined) {
      writes.push(statusWrite(template, { ...template.object, status: templateStatus }));
    }
    return writes;
  }

  /** `undefined`: this kind is not aggregated, or nothing changed. */
  #templateStatus(template: KubeObject, items: readonly AggregatedStatusItem[]): unknown {
    const status = this.#deps.interpreter.aggregateStatus(
      template,
      items as Parameters<Interpreter['aggregateStatus']>[1],
      { nowMs: this.#deps.now() },
    );
    return status === undefined || status === template['status'] ? undefined : status;
  }
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
