/** Replicas in the statuses of the kinds that have them (pure). */

type Fields = Readonly<Record<string, unknown>>;

/** From the status that a member reported; `undefined` for kinds that count nothing. */
export function readyCount(kind: string, status: unknown): number | undefined {
  if (typeof status !== 'object' || status === null) return hasReplicas(kind) ? 0 : undefined;
  const fields = status as Fields;
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'ReplicationController':
      return count(fields['readyReplicas']);
    case 'DaemonSet':
      return count(fields['numberReady']);
    case 'Job':
      return count(fields['succeeded']) + count(fields['ready']);
    case 'Pod':
      return fields['phase'] === 'Running' || fields['phase'] === 'Succeeded' ? 1 : 0;
    default:
      return typeof fields['readyReplicas'] === 'number' ? fields['readyReplicas'] : undefined;
  }
}

/** Kinds whose number of pods is decided by the member itself. */
export function desiredByMember(kind: string, status: unknown): number | undefined {
  if (kind !== 'DaemonSet' || typeof status !== 'object' || status === null) return undefined;
  return count((status as Fields)['desiredNumberScheduled']);
}

function hasReplicas(kind: string): boolean {
  return ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController', 'DaemonSet', 'Job', 'Pod'].includes(kind);
}

function count(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
