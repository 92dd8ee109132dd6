import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { MemberGone } from '@flotilla/member/member-client';
import type { MemberClient, MemberResponse } from '@flotilla/member/member-client';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { ClusterMonitor } from './cluster-monitor.ts';
import { defaultThresholds } from './health.ts';

const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

interface ScriptedMember extends MemberClient {
  /** Groups that its discovery names. */
  groups: readonly string[];
  /** Streams one event to the watches of a path. */
  readonly emit: (path: string, name: string) => void;
}

function aMember(): ScriptedMember {
  const watchers = new Set<{ readonly path: string; readonly push: (line: Buffer) => void }>();
  const member: ScriptedMember = {
    cluster: 'member1',
    groups: [],
    request: ({ path }) => Promise.resolve(answer(path, member.groups)),
    async *watch(path, signal) {
      const lines: Buffer[] = [];
      let wake = (): void => undefined;
      const watcher = {
        path: path.split('?')[0] ?? '',
        push: (line: Buffer) => {
          lines.push(line);
          wake();
        },
      };
      watchers.add(watcher);
      signal.addEventListener('abort', () => wake(), { once: true });
      while (!signal.aborted) {
        yield* lines.splice(0);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (lines.length > 0 || signal.aborted) resolve();
        });
      }
    },
    close: () => Promise.resolve(),
    emit: (path, name) => {
      const object = { metadata: { name, resourceVersion: '2' } };
      for (const watcher of watchers) {
        if (watcher.path === path) watcher.push(Buffer.from(JSON.stringify({ type: 'MODIFIED', object })));
      }
    },
  };
  return member;
}

function answer(path: string, groups: readonly string[]): MemberResponse {
  const json = (value: unknown): MemberResponse => ({ status: 200, body: JSON.stringify(value) });
  switch (path.split('?')[0]) {
    case '/readyz':
      return { status: 200, body: 'ok' };
    case '/version':
      return json({ gitVersion: 'v1.36.3' });
    case '/api':
      return json({ items: [] });
    case '/apis':
      return json({
        items: groups.map((name) => ({ metadata: { name }, versions: [{ version: 'v1', resources: [] }] })),
      });
    default:
      return json({ metadata: { resourceVersion: '1' }, items: [] });
  }
}

describe('ClusterMonitor', () => {
  const monitors: ClusterMonitor[] = [];
  afterEach(async () => {
    await Promise.all(monitors.splice(0).map((monitor) => monitor.stop()));
  });

  it('knows what a member serves soon after a definition changed there, long before the next look at all facts', async () => {
    const member = aMember();
    let cluster: Cluster = {
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'member1' },
      spec: { syncMode: 'Push' },
    };
    const monitor = new ClusterMonitor(
      {
        client: member,
        cluster: () => cluster,
        update: (change) => {
          cluster = change(cluster);
          return Promise.resolve();
        },
        now: () => 0,
        random: () => 0.5,
        onError: (error) => expect.unreachable(String(error)),
      },
      { probeIntervalMs: 3_600_000, thresholds: defaultThresholds },
    );
    monitors.push(monitor);
    monitor.start();
    await vi.waitFor(() => expect(cluster.status?.kubernetesVersion).toBe('v1.36.3'));
    expect(cluster.status?.apiEnablements).toEqual([]);
    member.groups = ['fleet.example.com'];
    await vi.waitFor(
      () => {
        member.emit(definitionsPath, 'boats.fleet.example.com');
        expect(cluster.status?.apiEnablements).toEqual([{ groupVersion: 'fleet.example.com/v1', resources: [] }]);
      },
      { timeout: 3_000 },
    );
  });

  it('asks a ready member again that did not tell what it serves, long before its next probe', async () => {
    const member = aMember();
    member.groups = ['fleet.example.com'];
    let asked = 0;
    let cluster: Cluster = {
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'member1' },
      spec: { syncMode: 'Push' },
    };
    const monitor = new ClusterMonitor(
      {
        client: {
          ...member,
          request: (request) =>
            request.path === '/apis' && ++asked === 1
              ? Promise.resolve({ status: 503, body: '' })
              : member.request(request),
        },
        cluster: () => cluster,
        update: (change) => {
          cluster = change(cluster);
          return Promise.resolve();
        },
        now: () => 0,
        random: () => 0.5,
        onError: (error) => expect.unreachable(String(error)),
      },
      { probeIntervalMs: 3_600_000, thresholds: defaultThresholds },
    );
    monitors.push(monitor);
    monitor.start();
    await vi.waitFor(() => expect(cluster.status?.kubernetesVersion).toBe('v1.36.3'));
    expect(cluster.status?.apiEnablements).toBeUndefined();
    await vi.waitFor(() => expect(cluster.status?.apiEnablements).toHaveLength(1), { timeout: 10_000 });
  });

  it('keeps the capacity that it knows while a member has to be listed anew and does not answer', async () => {
    const node = { metadata: { name: 'n1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    const member = aMember();
    let nodeLists = 0;
    let probes = 0;
    let cluster: Cluster = {
      apiVersion: 'cluster.karmada.io/v1alpha1',
      kind: 'Cluster',
      metadata: { name: 'member1' },
      spec: { syncMode: 'Push' },
    };
    const forget = Promise.withResolvers<void>();
    const monitor = new ClusterMonitor(
      {
        client: {
          ...member,
          request({ path, ...rest }) {
            if (path.startsWith('/readyz')) probes++;
            if (!path.startsWith('/api/v1/nodes')) return member.request({ path, ...rest });
            const body = JSON.stringify({ metadata: { resourceVersion: '1' }, items: [node] });
            return Promise.resolve(++nodeLists === 1 ? { status: 200, body } : { status: 503, body: '' });
          },
          async *watch(path, signal) {
            if (path.startsWith('/api/v1/nodes')) {
              await forget.promise;
              throw new MemberGone('too old');
            }
            yield* member.watch(path, signal);
          },
        },
        cluster: () => cluster,
        update: (change) => {
          cluster = change(cluster);
          return Promise.resolve();
        },
        now: () => 0,
        random: () => 0,
        onError: (error) => expect.unreachable(String(error)),
      },
      { probeIntervalMs: 1, thresholds: defaultThresholds },
    );
    monitors.push(monitor);
    monitor.start();
    await vi.waitFor(() => expect(cluster.status?.nodeSummary?.totalNum).toBe(1));
    forget.resolve();
    await vi.waitFor(() => expect(nodeLists).toBeGreaterThan(1));
    const seen = probes;
    await vi.waitFor(() => expect(probes).toBeGreaterThan(seen + 3));
    expect(cluster.status?.nodeSummary?.totalNum).toBe(1);
  });
});
