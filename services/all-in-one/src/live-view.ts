/** What a person sees while the platform runs: one line for each thing that happened, from the store's changes. Folded: a burst becomes a count, not a flood. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { ResourceBinding } from '@flotilla/kinds/karmada/work';
import type { Condition } from '@flotilla/kinds/kube-object';
import type { ObjectChange, ObjectStore } from '@flotilla/store/object-store';
import colors from 'picocolors';

export interface LiveViewDeps {
  readonly store: ObjectStore;
  readonly write: (line: string) => void;
  readonly now: () => number;
}

/** Lines per interval; the rest is counted. */
const linesMax = 8;
const intervalMs = 400;

export function startLiveView(deps: LiveViewDeps): { stop(): void } {
  const lines = new Map<string, string>();
  const told = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;

  /** `key`: a newer line about the same thing replaces one that was not shown yet. */
  function tell(key: string, line: string): void {
    if (told.get(key) === line) return;
    told.set(key, line);
    lines.delete(key);
    lines.set(key, line);
    timer ??= setTimeout(flush, intervalMs);
  }

  function flush(): void {
    timer = undefined;
    const time = colors.dim(new Date(deps.now()).toTimeString().slice(0, 8));
    const shown = [...lines.values()].slice(0, linesMax);
    for (const line of shown) deps.write(`${time}  ${line}`);
    if (lines.size > shown.length) deps.write(`${time}  ${colors.dim(`… and ${lines.size - shown.length} more`)}`);
    lines.clear();
  }

  const subscription = deps.store.subscribe({
    resources: [
      { group: 'work.karmada.io', resource: 'resourcebindings' },
      { group: 'work.karmada.io', resource: 'clusterresourcebindings' },
      { group: 'cluster.karmada.io', resource: 'clusters' },
    ],
    from: deps.store.revision,
    onChanges(changes) {
      for (const change of changes) {
        const line = change.object.resource.resource === 'clusters' ? clusterLine(change) : bindingLine(change);
        if (line !== undefined)
          tell(`${change.object.resource.resource}/${change.object.namespace}/${change.object.name}`, line);
        if (change.type === 'DELETED')
          told.delete(`${change.object.resource.resource}/${change.object.namespace}/${change.object.name}`);
      }
    },
  });
  return {
    stop() {
      clearTimeout(timer);
      if (subscription.kind === 'subscribed') subscription.unsubscribe();
    },
  };
}

function clusterLine({ type, object }: ObjectChange): string | undefined {
  if (type === 'DELETED') return `${colors.bold(object.name)} has left the fleet`;
  const { status } = object.object as Cluster;
  const ready = (status?.conditions as readonly Condition[] | undefined)?.find(
    (condition) => condition.type === 'Ready',
  );
  if (ready === undefined) return undefined;
  if (ready.status === 'True') return `${colors.bold(object.name)} ${colors.green('ready')}`;
  return `${colors.bold(object.name)} ${colors.red('not ready')}: ${ready.message ?? ''}`;
}

function bindingLine({ type, object }: ObjectChange): string | undefined {
  const { spec, status } = object.object as ResourceBinding;
  const { kind, namespace, name } = spec.resource;
  const title = colors.bold(`${kind.toLowerCase()} ${namespace === undefined ? '' : `${namespace}/`}${name ?? ''}`);
  if (type === 'DELETED') return `${title} ${colors.dim('removed everywhere')}`;
  const conditions = (status?.conditions ?? []) as readonly Condition[];
  const failed = conditions.find((condition) => condition.status === 'False');
  if (failed !== undefined) return `${title} ${colors.yellow(failed.reason ?? failed.type)}: ${failed.message ?? ''}`;
  const targets = (spec.clusters ?? []).map((target) =>
    target.replicas === undefined ? target.name : `${target.name}:${target.replicas}`,
  );
  if (targets.length === 0) return undefined;
  const items = status?.aggregatedStatus ?? [];
  const isApplied = conditions.some((condition) => condition.type === 'FullyApplied' && condition.status === 'True');
  const isHealthy = isApplied && items.length > 0 && items.every(({ health }) => health === 'Healthy');
  const state = isHealthy ? colors.green('healthy') : isApplied ? colors.cyan('applied') : 'placed';
  return `${title} → ${targets.join(' ')}  ${state}`;
}
