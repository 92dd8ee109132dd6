/** Brings one template's claim and binding to what they should be: plan from fresh state, one commit, again from fresh state when the race was lost. */
import type { CommitResult, ObjectStore } from '@flotilla/store/object-store';
import { planTemplate, type TemplatePlan, type TemplatePlanDeps } from './template-plan.ts';
import type { TemplateKey } from './template-key.ts';
import { bindingOf } from './binding.ts';

export interface ReconcilerDeps extends TemplatePlanDeps {
  /** Headers of our own writes: their changes need no second look. */
  readonly headers: Readonly<Record<string, string>>;
  /** The store for writes about a key; their commit throws OwnershipLost when the key is another replica's. */
  readonly owned: (key: TemplateKey) => Pick<ObjectStore, 'commit'>;
}

export interface Reconciled {
  readonly plan: TemplatePlan;
  readonly isChanged: boolean;
}

/** Somebody else writing the same object this often in a row isn't normal: back off. */
const attemptsMax = 10;

/** Throws LogUnavailable, what the interpreter throws, or when the race was lost too often. */
export async function reconcile(deps: ReconcilerDeps, key: TemplateKey, signal: AbortSignal): Promise<Reconciled> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const plan = planTemplate(deps, key);
    if (plan.writes.length === 0) return { plan, isChanged: false };
    if (await commit(deps, key, plan, signal)) return { plan, isChanged: true };
  }
  throw new Error(`${key} changes faster than a decision about it can be stored`);
}

async function commit(
  { store, owned, headers, groups, bindings }: ReconcilerDeps,
  key: TemplateKey,
  { writes, binding }: TemplatePlan,
  signal: AbortSignal,
): Promise<boolean> {
  const isPlaced = binding !== undefined && binding.writes.length > 0;
  if (isPlaced) groups.set(binding.bindingKey, binding.namespace, binding.spec);
  let result: CommitResult | undefined;
  try {
    result = await owned(key).commit(writes, headers);
  } finally {
    if (isPlaced && result?.kind !== 'committed') {
      const stored = bindings.of(key);
      groups.set(binding.bindingKey, binding.namespace, stored && bindingOf(stored).spec);
    }
  }
  if (result.kind === 'conflict' && result.actual > store.revision) await store.waitFor(result.actual, signal);
  return result.kind === 'committed';
}
