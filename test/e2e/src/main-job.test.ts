import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Platform } from '@flotilla/test-clusters/platform';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually, joinMembers, namesIn } from './fleet.ts';
import { describeWithMembers } from './harness.ts';
import { declareMainJob, mainJobMembers } from './main-job.ts';

await describeWithMembers('main job on real clusters', { names: mainJobMembers }, (harness) => {
  let platform: Platform;
  let dataDir: string;
  const members = (): readonly string[] => mainJobMembers.map((name) => harness().member(name).kubeconfigPath);

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'flotilla-e2e-'));
    platform = await harness().startPlatform({ dataDir });
    await joinMembers(harness(), platform);
  });
  afterAll(async () => {
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  declareMainJob(harness, () => platform.kubeconfigPath);

  it('ends in exactly the declared state after kill -9 in the middle of a 300-object apply', async () => {
    const manifests = Array.from({ length: 300 }, (_, index) => configMap(index)).join('\n---\n');
    await harness().kubectl(platform.kubeconfigPath, ['create', 'namespace', 'crash']);
    await harness().kubectl(platform.kubeconfigPath, ['apply', '-f', '-'], crashPolicy);
    const applying = harness()
      .kubectl(platform.kubeconfigPath, ['apply', '-f', '-'], manifests)
      .then(
        () => 'done',
        () => 'interrupted',
      );
    await eventually(async () => {
      const [path = ''] = members();
      expect((await namesIn(harness(), path, 'configmaps', 'crash')).length).toBeGreaterThan(20);
    });
    const port = Number(new URL(await serverOf(platform.kubeconfigPath)).port);
    await platform.kill();
    expect(await applying).toBe('interrupted');
    platform = await harness().startPlatform({ dataDir, port });
    await harness().kubectl(platform.kubeconfigPath, ['apply', '-f', '-'], manifests);
    const expected = Array.from({ length: 300 }, (_, index) => `settings-${index}`).toSorted();
    await eventually(async () => {
      expect(await namesIn(harness(), platform.kubeconfigPath, 'configmaps', 'crash', 'app=crash')).toEqual(expected);
      for (const path of members()) expect(await namesIn(harness(), path, 'configmaps', 'crash')).toEqual(expected);
    });
  });
});

const crashPolicy = `
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: crash, namespace: crash}
spec:
  resourceSelectors: [{apiVersion: v1, kind: ConfigMap, labelSelector: {matchLabels: {app: crash}}}]
  placement: {clusterAffinity: {clusterNames: [member1, member2, member3]}}
`;

function configMap(index: number): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: settings-${index}, namespace: crash, labels: {app: crash}}
data: {index: "${index}"}`;
}

async function serverOf(kubeconfigPath: string): Promise<string> {
  return /server: (\S+)/.exec(await readFile(kubeconfigPath, 'utf8'))?.[1] ?? '';
}
