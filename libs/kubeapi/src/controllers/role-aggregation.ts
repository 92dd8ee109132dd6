import { matchesLabelSelector, type LabelSelector } from '@flotilla/kinds/label-selector';
import type { StoredObject, Subscription } from '@flotilla/store/object-store';
import type { PolicyRule } from '../authorization/policy-rule.ts';
import { equalJson } from '../patch/json-value.ts';
import { LostRace, type Controller, type ControllerDeps } from './controller.ts';
import { ReconcileQueue } from './reconcile-queue.ts';

const clusterRoles = { group: 'rbac.authorization.k8s.io', resource: 'clusterroles' };

interface AggregationRule {
  readonly clusterRoleSelectors?: readonly LabelSelector[];
}

/** Keeps the rules of aggregated ClusterRoles (`admin`, `edit`, `view`, …) equal to the union of the roles they select. */
export function createRoleAggregation({ store, report }: ControllerDeps): Controller {
  const queue = new ReconcileQueue({ name: 'role-aggregation', concurrency: 1, report, reconcile });
  let subscription: Subscription | undefined;

  async function reconcile(name: string): Promise<void> {
    const role = store.get(clusterRoles, '', name);
    if (role === undefined) return;
    const selectors = selectorsOf(role);
    if (selectors === undefined) return;
    const rules = union(
      store
        .list(clusterRoles)
        .filter(
          (one) =>
            one.name !== name &&
            selectors.some((selector) => matchesLabelSelector(selector, one.object.metadata.labels)),
        ),
    );
    if (equalJson(rules, role.object['rules'])) return;
    const { resourceVersion: _, ...metadata } = role.object.metadata;
    const write = {
      resource: clusterRoles,
      namespace: '',
      name,
      object: { ...role.object, metadata, rules },
      expect: role.revision,
    };
    const result = await store.commit([write]);
    if (result.kind === 'conflict') throw new LostRace(`ClusterRole ${name} changed`);
  }

  function queueAggregated(): void {
    for (const role of store.list(clusterRoles)) if (selectorsOf(role) !== undefined) queue.add(role.name);
  }

  return {
    start() {
      const result = store.subscribe({ resources: [clusterRoles], from: store.revision, onChanges: queueAggregated });
      if (result.kind === 'subscribed') subscription = result;
      queueAggregated();
    },
    stop() {
      subscription?.unsubscribe();
      queue.stop();
    },
    idle: () => queue.idle(),
  };
}

function selectorsOf({ object }: StoredObject): readonly LabelSelector[] | undefined {
  return (object['aggregationRule'] as AggregationRule | undefined)?.clusterRoleSelectors;
}

function union(roles: readonly StoredObject[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  for (const role of roles) {
    for (const rule of (role.object['rules'] as readonly PolicyRule[] | null | undefined) ?? []) {
      if (!rules.some((known) => equalJson(known, rule))) rules.push(rule);
    }
  }
  return rules;
}
