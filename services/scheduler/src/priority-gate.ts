/**
 * Order of work by scheduling priority. The work queue takes keys in turn; when more is to be done than fits in flight, the rest waits here, and the highest priority goes first, equal ones
 * in the order they came. Each key waits once, so the gate is bounded by the number of templates.
 */
import type { WorkQueue } from '@flotilla/store/work-queue';
import type { TemplateKey } from './template-key.ts';

export interface PriorityGate {
  add(key: TemplateKey): void;
  /** Something has been done: lets as many through as fit. */
  feed(): void;
  /** Forgets what waits: the next start looks at everything anyway. */
  clear(): void;
  readonly size: number;
}

export interface PriorityGateDeps {
  readonly queue: Pick<WorkQueue, 'add' | 'metrics'>;
  readonly priorityOf: (key: TemplateKey) => number;
  /** Keys that the queue may hold. */
  readonly inQueueMax: number;
}

export function createPriorityGate({ queue, priorityOf, inQueueMax }: PriorityGateDeps): PriorityGate {
  const lanes = new Map<number, Set<TemplateKey>>();
  let priorities: readonly number[] = [];
  let size = 0;

  function hasRoom(): boolean {
    const { depth, running } = queue.metrics();
    return depth + running < inQueueMax;
  }

  function takeFirst(): TemplateKey | undefined {
    for (const priority of priorities) {
      const lane = lanes.get(priority);
      for (const key of lane ?? []) {
        lane?.delete(key);
        size -= 1;
        return key;
      }
    }
    return undefined;
  }

  return {
    get size() {
      return size;
    },
    add(key) {
      if (size === 0 && hasRoom()) {
        queue.add(key);
        return;
      }
      const priority = priorityOf(key);
      let lane = lanes.get(priority);
      if (lane === undefined) {
        lanes.set(priority, (lane = new Set()));
        priorities = [...lanes.keys()].toSorted((left, right) => right - left);
      }
      if (lane.has(key)) return;
      lane.add(key);
      size += 1;
    },
    feed() {
      while (size > 0 && hasRoom()) {
        const key = takeFirst();
        if (key === undefined) return;
        queue.add(key);
      }
    },
    clear() {
      lanes.clear();
      priorities = [];
      size = 0;
    },
  };
}
