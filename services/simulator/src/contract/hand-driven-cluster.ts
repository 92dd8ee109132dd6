import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import type { ObjectStore } from '@flotilla/store/object-store';
import { createClusterControllers } from '../cluster-controllers.ts';
import { ensureCluster } from '../ensure-cluster.ts';
import { creation, deletion, replacement } from '../model/object-write.ts';
import { timestamp } from '../model/timestamp.ts';
import { newNodes } from '../pods/node-objects.ts';
import { createClusterView } from '../runner/cluster-view.ts';
import { createControllerRunner } from '../runner/controller-runner.ts';

/** The controllers over a store in memory, with time that only passes when told to. Objects are written as the API server would have completed them. */
export interface HandDrivenCluster extends AsyncDisposable {
  readonly store: ObjectStore;
  create(resource: ResourceId, object: KubeObject): Promise<void>;
  /** Replaces an object; `generation` grows. */
  change(resource: ResourceId, name: string, change: (object: KubeObject) => KubeObject): Promise<void>;
  delete(resource: ResourceId, name: string): Promise<void>;
  get(resource: ResourceId, name: string): KubeObject | undefined;
  list(resource: ResourceId): readonly KubeObject[];
  /** Lets time pass in steps, as long as anything is due; `onStep` sees the state after each. */
  pass(ms: number, onStep?: () => void): Promise<void>;
}

export interface HandDrivenOptions {
  readonly nodes?: { readonly count?: number; readonly cpu?: string; readonly podsMax?: number };
  readonly startMs?: number;
}

const stepMs = 20;

export async function createHandDrivenCluster(options: HandDrivenOptions = {}): Promise<HandDrivenCluster> {
  let nowMs = options.startMs ?? Date.UTC(2026, 0, 1);
  let serial = 0;
  const newUid = (): string => `uid-${(serial += 1)}`;
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  const timer = {
    now: () => nowMs,
    schedule(delayMs: number, callback: () => void): () => void {
      const entry = { atMs: nowMs + delayMs, callback };
      timers.add(entry);
      return () => timers.delete(entry);
    },
  };
  const end = new AbortController();
  const log = await createEmbeddedLog({ now: timer.now });
  const store = await createObjectStore({ log, signal: end.signal });
  const { count = 3, cpu = '4', podsMax = 110 } = options.nodes ?? {};
  const plan = { memberName: 'm', memberIndex: 0, provider: 'aws', region: 'r', zones: ['a', 'b'], labels: {} };
  const nodes = newNodes({ ...plan, count, cpu, memory: '16Gi', ephemeralStorage: '10Gi', podsMax }, nowMs);
  await ensureCluster({ store, now: timer.now, newUid }, nodes);
  const view = createClusterView(store);
  const podTimes = { startDelayMs: 100, stopDelayMs: 100, runMs: 100 };
  const runner = createControllerRunner({
    store,
    view,
    controllers: createClusterControllers({ memberIndex: 0, caPem: 'CA', podTimes }),
    timer,
    random: linearRandom(7),
    newUid,
    report: (event) => {
      throw event.error;
    },
  });
  runner.start();
  await runner.settled();

  function stored(resource: ResourceId, name: string): NonNullable<ReturnType<ObjectStore['get']>> {
    const found = store.get(resource, 'default', name) ?? store.get(resource, '', name);
    if (found === undefined) throw new Error(`no ${resource.resource} ${name}`);
    return found;
  }

  return {
    store,
    async create(resource, object) {
      const metadata = {
        namespace: 'default',
        uid: newUid(),
        generation: 1,
        creationTimestamp: timestamp(nowMs),
        ...object.metadata,
      };
      await store.commit([creation(resource, { ...object, metadata })]);
      await runner.settled();
    },
    async change(resource, name, change) {
      const before = stored(resource, name);
      const { metadata, ...rest } = change(before.object);
      const generation = (metadata.generation ?? 0) + 1;
      await store.commit([replacement(before, { ...rest, metadata: { ...metadata, generation } } as KubeObject)]);
      await runner.settled();
    },
    async delete(resource, name) {
      await store.commit(deletion(stored(resource, name), nowMs));
      await runner.settled();
    },
    get: (resource, name) => store.get(resource, 'default', name)?.object,
    list: (resource) => store.list(resource, 'default').map(({ object }) => object),
    async pass(ms, onStep) {
      for (const untilMs = nowMs + ms; nowMs < untilMs;) {
        nowMs = Math.min(untilMs, nowMs + stepMs);
        for (const entry of timers) {
          if (entry.atMs > nowMs) continue;
          timers.delete(entry);
          entry.callback();
        }
        await runner.settled();
        onStep?.();
      }
    },
    async [Symbol.asyncDispose]() {
      await runner.stop();
      view.close();
      end.abort(new Error('the test is over'));
      await log.close();
    },
  };
}

/** The same numbers in every run. */
function linearRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
