/** The log is lost, and the platform comes back from a backup or from its archive: the same objects, and no member notices. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DirectClient } from '@flotilla/test-clusters/direct-client';
import { startPlatform } from '@flotilla/test-clusters/platform';
import type { Platform } from '@flotilla/test-clusters/platform';
import { expect, it } from 'vitest';

import { eventually, flotilla } from './fleet.ts';

const members = ['member1', 'member2', 'member3'];
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const objects = [
  `${deployments}/web`,
  '/api/v1/namespaces/default/secrets/web',
  '/apis/policy.karmada.io/v1alpha1/namespaces/default/propagationpolicies/web',
];

interface Stored {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string; readonly generation?: number };
  readonly spec?: object;
  readonly data?: object;
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx:1.29' }] },
    },
  },
};
const policy = {
  apiVersion: 'policy.karmada.io/v1alpha1',
  kind: 'PropagationPolicy',
  metadata: { name: 'web' },
  spec: {
    resourceSelectors: [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      { apiVersion: 'v1', kind: 'Secret', name: 'web' },
    ],
    placement: { clusterAffinity: { clusterNames: members } },
  },
};
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, stringData: { password: 'unguessable' } };

async function withClient<Result>(
  platform: Platform,
  work: (client: DirectClient) => Promise<Result>,
): Promise<Result> {
  const client = await platform.client(2);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function get(client: DirectClient, path: string): Promise<Stored> {
  return (await client.expect('GET', path)) as Stored;
}

function inMember(client: DirectClient, member: string, path: string): Promise<Stored> {
  return get(client, `/apis/cluster.karmada.io/v1alpha1/clusters/${member}/proxy${path}`);
}

/** What nothing but a write to the members would change. */
async function memberStates(client: DirectClient): Promise<readonly object[]> {
  return Promise.all(
    members.flatMap((member) =>
      objects.slice(0, 2).map(async (path) => {
        const { metadata, spec, data } = await inMember(client, member, path);
        return { member, path, uid: metadata.uid, generation: metadata.generation, spec, data };
      }),
    ),
  );
}

/** What a member offers is known a moment after it is ready; until then nothing can be placed there. */
async function untilJoined(client: DirectClient): Promise<void> {
  await eventually(async () => {
    for (const member of members) {
      const cluster = await client.expect('GET', `/apis/cluster.karmada.io/v1alpha1/clusters/${member}`);
      const served = expect.arrayContaining([expect.objectContaining({ groupVersion: 'apps/v1' })]) as unknown[];
      expect(cluster).toMatchObject({ status: { apiEnablements: served } });
    }
  }, 90_000);
}

async function untilApplied(platform: Platform): Promise<void> {
  await eventually(async () => {
    const status = await flotilla(platform, ['status', 'deployment', 'web']);
    expect(status).toMatch(/(\d+)\/\1 ready/);
    expect(status).toContain('FullyApplied');
  });
}

it.each([
  ['a backup that was made while it ran', []],
  ['its archive alone', ['--from-archive']],
])(
  'comes back from %s with the same objects, and touches no member',
  async (_, backupArgs) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'flotilla-restore-'));
    const file = `${dataDir}.flotilla`;
    const usesArchive = backupArgs.length > 0;
    const options = { dataDir, simulatedMembers: members.length, args: ['--archive'] };
    let platform = await startPlatform(options);
    const backup = (): Promise<string> =>
      flotilla(platform, ['backup', '--data-dir', dataDir, ...backupArgs, '-o', file]);
    try {
      const before = await withClient(platform, async (client) => {
        await untilJoined(client);
        await client.expect('POST', deployments, deployment);
        await client.expect('POST', '/api/v1/namespaces/default/secrets', secret);
        await client.expect('POST', '/apis/policy.karmada.io/v1alpha1/namespaces/default/propagationpolicies', policy);
        await untilApplied(platform);
        if (!usesArchive) await backup();
        const stored = await Promise.all(objects.map(async (path) => get(client, path)));
        return { stored, members: await memberStates(client) };
      });
      await platform.stop();
      if (usesArchive) await flotilla(platform, ['verify', '--data-dir', dataDir]);
      await rm(join(dataDir, 'log'), { recursive: true });
      if (usesArchive) await backup();
      await flotilla(platform, ['verify', file]);
      await flotilla(platform, ['restore', file, '--data-dir', dataDir]);

      platform = await startPlatform(options);
      await untilApplied(platform);
      await withClient(platform, async (client) => {
        const stored = await Promise.all(objects.map(async (path) => get(client, path)));
        expect(stored.map(({ metadata, spec, data }) => [metadata.uid, metadata.generation, spec, data])).toEqual(
          before.stored.map(({ metadata, spec, data }) => [metadata.uid, metadata.generation, spec, data]),
        );
        for (const [index, { metadata }] of stored.entries()) {
          const earlier = Number(before.stored[index]?.metadata.resourceVersion);
          expect(Number(metadata.resourceVersion)).toBeGreaterThanOrEqual(earlier);
        }
        const marker = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'marker' } };
        const written = (await client.expect('POST', '/api/v1/namespaces/default/configmaps', marker)) as Stored;
        expect(Number(written.metadata.resourceVersion)).toBeGreaterThan(1_000_000);
        expect(await memberStates(client)).toEqual(before.members);
      });
    } finally {
      await platform.stop();
      await rm(dataDir, { recursive: true, force: true });
      await rm(`${dataDir}.log`, { force: true });
      await rm(file, { force: true });
    }
  },
  180_000,
);
