import { setTimeout as delay } from 'node:timers/promises';

import type { DistributedPlatform } from '@flotilla/test-platform/distributed';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually, getJson, joinMembers, namesIn } from './fleet.ts';
import { describeWithMembers } from './harness.ts';
import { declareMainJob, mainJobMembers } from './main-job.ts';

/** One for each process that is killed: two of each service, and nats-server. */
const waveCount = 9;
const settingsPerWave = 28;
const applicationsPerWave = 6;

const policy = `
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: storm, namespace: storm}
spec:
  resourceSelectors:
    - {apiVersion: v1, kind: ConfigMap, labelSelector: {matchLabels: {app: storm}}}
    - {apiVersion: apps/v1, kind: Deployment}
  placement: {clusterAffinity: {clusterNames: [member1, member2, member3]}}
`;

interface Generations {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly generation: number } }[];
}

await describeWithMembers('the platform as processes of its own', { names: mainJobMembers }, (harness) => {
  let platform: DistributedPlatform;
  const members = (): readonly string[] => mainJobMembers.map((name) => harness().member(name).kubeconfigPath);

  beforeAll(async () => {
    platform = await harness().startDistributed({ replicas: 2 });
    await joinMembers(harness(), platform);
  });
  afterAll(async () => platform.stop());

  declareMainJob(harness, () => platform.kubeconfigPath);

  it('shows what was written through one gateway through the other, at once', async () => {
    const [one = '', other = ''] = platform.kubeconfigPaths;
    for (let round = 0; round < 20; round++) {
      const name = `seen-${round}`;
      await harness().kubectl(one, ['create', 'configmap', name]);
      await harness().kubectl(other, ['get', 'configmap', name]);
      await harness().kubectl(other, ['delete', 'configmap', name]);
      const out = await harness().kubectl(one, ['get', 'configmap', name, '--ignore-not-found', '-o', 'name']);
      expect(out).toBe('');
    }
  });

  it('takes the token of a service account at each gateway', async () => {
    const [one = '', other = ''] = platform.kubeconfigPaths;
    await harness().kubectl(one, ['create', 'serviceaccount', 'robot']);
    const token = (await harness().kubectl(one, ['create', 'token', 'robot'])).trim();
    const review = await harness().kubectl(
      other,
      ['create', '-o', 'json', '-f', '-'],
      JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }),
    );
    expect(JSON.parse(review)).toMatchObject({
      status: { authenticated: true, user: { username: 'system:serviceaccount:default:robot' } },
    });
  });

  it('ends in exactly the declared state, with nothing written twice, when every process is killed in turn during an apply', async () => {
    const [path = ''] = platform.kubeconfigPaths;
    await harness().kubectl(path, ['create', 'namespace', 'storm']);
    await harness().kubectl(path, ['apply', '-f', '-'], policy);
    const applying: Promise<void>[] = [];
    /** Kills in the middle of an apply: some of its objects are there, and some aren't. */
    const disturb = async (wave: number, kill: () => Promise<void>): Promise<void> => {
      applying.push(
        applyUntilDone(wave, async (manifests) => harness().kubectl(path, ['apply', '-f', '-'], manifests)),
      );
      await eventually(async () => {
        const names = await namesIn(harness(), path, 'configmaps', 'storm', `wave=${wave}`);
        expect(names.length).toBeGreaterThan(0);
      });
      await kill();
    };
    for (const [wave, replica] of platform.replicas.entries()) {
      await disturb(wave, () => replica.kill());
      await replica.restart();
    }
    await disturb(waveCount - 1, () => platform.nats.restart());
    await Promise.all(applying);
    const names = (prefix: string, perWave: number): readonly string[] =>
      Array.from({ length: waveCount * perWave }, (_, index) => `${prefix}-${index}`).toSorted();
    const settings = names('settings', settingsPerWave);
    const applications = names('app', applicationsPerWave);
    await eventually(async () => {
      for (const each of platform.kubeconfigPaths) {
        expect(await namesIn(harness(), each, 'configmaps', 'storm', 'app=storm')).toEqual(settings);
      }
      for (const each of members()) {
        expect(await namesIn(harness(), each, 'configmaps', 'storm')).toEqual(settings);
        expect(await namesIn(harness(), each, 'deployments', 'storm')).toEqual(applications);
      }
    }, 120_000);
    for (const each of [path, ...members()]) {
      const { items } = await getJson<Generations>(harness(), each, ['deployments', '-n', 'storm']);
      expect(items.filter(({ metadata }) => metadata.generation !== 1)).toEqual([]);
    }
  });

  it('goes on within seconds when the processes that do the work are gone for good', async () => {
    const [path = ''] = platform.kubeconfigPaths;
    for (const service of ['scheduler', 'propagation', 'registry']) await platform.replica(`${service}-1`).kill();
    await harness().kubectl(path, ['scale', 'deployment', '--all', '--replicas=1', '-n', 'storm']);
    await eventually(async () => {
      for (const each of members()) {
        const { items } = await getJson<{ items: { spec: { replicas: number } }[] }>(harness(), each, [
          'deployments',
          '-n',
          'storm',
        ]);
        expect(items.filter(({ spec }) => spec.replicas !== 1)).toEqual([]);
      }
    }, 60_000);
  });
});

/** A gateway that is killed interrupts kubectl: as a user does, it's tried again. */
async function applyUntilDone(wave: number, apply: (manifests: string) => Promise<string>): Promise<void> {
  const numbers = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, index) => wave * count + index);
  const manifests = [
    ...numbers(settingsPerWave).map((index) => configMap(index, wave)),
    ...numbers(applicationsPerWave).map(deployment),
  ].join('\n---\n');
  const deadlineMs = Date.now() + 150_000;
  for (;;) {
    try {
      await apply(manifests);
      return;
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
      await delay(250);
    }
  }
}

function configMap(index: number, wave: number): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: {name: settings-${index}, namespace: storm, labels: {app: storm, wave: "${wave}"}}
data: {index: "${index}"}`;
}

function deployment(index: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: app-${index}, namespace: storm}
spec:
  replicas: 0
  selector: {matchLabels: {app: app-${index}}}
  template:
    metadata: {labels: {app: app-${index}}}
    spec: {containers: [{name: main, image: nginx}]}`;
}
