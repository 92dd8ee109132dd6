import { resolveIntOrPercent, type Deployment } from './workload.ts';
import { desiredReplicas, maxReplicas, type Revision, type Revisions } from './deployment-revisions.ts';

/** How many pods each ReplicaSet shall have, by its name; those not named stay as they are. */
export type Sizes = ReadonlyMap<string, number>;

export interface RolloutBounds {
  readonly replicas: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export function rolloutBounds({ spec }: Deployment): RolloutBounds {
  const replicas = spec.replicas ?? 1;
  if (spec.strategy?.type === 'Recreate') return { replicas, maxSurge: 0, maxUnavailable: 0 };
  const rolling = spec.strategy?.rollingUpdate;
  const maxSurge = resolveIntOrPercent(rolling?.maxSurge ?? '25%', replicas, 'up');
  const maxUnavailable = resolveIntOrPercent(rolling?.maxUnavailable ?? '25%', replicas, 'down');
  // Both zero would never move: one pod may be missing then.
  const floor = maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable;
  return { replicas, maxSurge, maxUnavailable: Math.min(floor, replicas) };
}

/** Size of the first or next ReplicaSet when it appears. */
export function initialSize(deployment: Deployment, old: readonly Revision[]): number {
  const { replicas, maxSurge } = rolloutBounds(deployment);
  if (deployment.spec.strategy?.type === 'Recreate') return replicas;
  const total = sum(old, specReplicas);
  return Math.max(0, Math.min(replicas, replicas + maxSurge - total));
}

/** True while the ReplicaSets were sized for another number of replicas. */
export function isBeingScaled(deployment: Deployment, { current, old }: Revisions): boolean {
  return [...(current === undefined ? [] : [current]), ...old].some(({ set }) => {
    const desired = desiredReplicas(set);
    return specReplicas({ set }) > 0 && desired !== undefined && desired !== (deployment.spec.replicas ?? 1);
  });
}

/** A change of `replicas` alone: the only or newest ReplicaSet takes it; in the middle of a rollout it's shared out in proportion. */
export function scaleSizes(deployment: Deployment, { current, old }: Revisions): Sizes {
  const { replicas, maxSurge } = rolloutBounds(deployment);
  const all = [...(current === undefined ? [] : [current]), ...old];
  const active = all.filter((one) => specReplicas(one) > 0);
  const only = active.length <= 1 ? (active[0] ?? current ?? old.at(-1)) : undefined;
  if (only !== undefined) return new Map([[only.stored.name, replicas]]);
  if (
    current !== undefined &&
    (current.set.status?.availableReplicas ?? 0) >= replicas &&
    specReplicas(current) === replicas
  ) {
    return new Map(old.map(({ stored }) => [stored.name, 0]));
  }
  if (deployment.spec.strategy?.type === 'Recreate') return new Map();
  return proportional(active, replicas > 0 ? replicas + maxSurge : 0);
}

/** Largest first takes its share of the difference; what rounding leaves over goes to the largest. */
function proportional(active: readonly Revision[], allowed: number): Sizes {
  const total = sum(active, specReplicas);
  const toAdd = allowed - total;
  const bySize = active.toSorted((a, b) => specReplicas(b) - specReplicas(a));
  const sizes = new Map<string, number>();
  let added = 0;
  for (const revision of bySize) {
    const size = specReplicas(revision);
    const before = maxReplicas(revision.set) ?? allowed;
    const share = toAdd === 0 || before === 0 ? 0 : Math.round((size * allowed) / before) - size;
    const left = toAdd - added;
    const step = toAdd > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left));
    sizes.set(revision.stored.name, Math.max(0, size + step));
    added += step;
  }
  const [largest] = bySize;
  if (largest !== undefined) {
    const size = (sizes.get(largest.stored.name) ?? 0) + toAdd - added;
    sizes.set(largest.stored.name, Math.max(0, size));
  }
  return sizes;
}

/** The next step of a rolling update: up first, then down as far as enough pods stay available. */
export function rollingSizes(deployment: Deployment, current: Revision, old: readonly Revision[]): Sizes {
  const { replicas, maxSurge } = rolloutBounds(deployment);
  const size = specReplicas(current);
  if (size > replicas) return new Map([[current.stored.name, replicas]]);
  const total = size + sum(old, specReplicas);
  const room = replicas + maxSurge - total;
  if (size < replicas && room > 0) return new Map([[current.stored.name, Math.min(replicas, size + room)]]);
  return shrinkOld(deployment, current, old);
}

function shrinkOld(deployment: Deployment, current: Revision, old: readonly Revision[]): Sizes {
  const { replicas, maxUnavailable } = rolloutBounds(deployment);
  const minAvailable = replicas - maxUnavailable;
  const oldTotal = sum(old, specReplicas);
  if (oldTotal === 0) return new Map();
  const unavailableNew = specReplicas(current) - available(current);
  const removable = oldTotal + specReplicas(current) - minAvailable - unavailableNew;
  if (removable <= 0) return new Map();
  const sizes = new Map<string, number>();
  let cleaned = 0;
  for (const revision of old) {
    const unhealthy = Math.max(0, specReplicas(revision) - available(revision));
    const step = Math.min(removable - cleaned, unhealthy);
    if (step > 0) sizes.set(revision.stored.name, specReplicas(revision) - step);
    cleaned += Math.max(0, step);
  }
  let spare = available(current) + sum(old, available) - minAvailable;
  for (const revision of old) {
    const size = sizes.get(revision.stored.name) ?? specReplicas(revision);
    const step = Math.min(size, spare);
    if (step <= 0) continue;
    sizes.set(revision.stored.name, size - step);
    spare -= step;
  }
  return sizes;
}

export function specReplicas({ set }: Pick<Revision, 'set'>): number {
  return set.spec.replicas ?? 1;
}

function available({ set }: Revision): number {
  return set.status?.availableReplicas ?? 0;
}

function sum(revisions: readonly Revision[], count: (revision: Revision) => number): number {
  return revisions.reduce((total, revision) => total + count(revision), 0);
}
