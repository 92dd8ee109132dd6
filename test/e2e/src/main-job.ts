/** The main job: what users come for, whatever shape the platform runs in. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { expect, it } from 'vitest';

import { eventually, expectGone, getJson, namesIn } from './fleet.ts';
import type { DeploymentLike } from './fleet.ts';
import type { Harness } from './harness.ts';

const testdata = resolve(import.meta.dirname, '../testdata');
export const mainJobMembers = ['member1', 'member2', 'member3'];

const everythingPolicy = `
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: boutique, namespace: default}
spec:
  resourceSelectors:
    - {apiVersion: apps/v1, kind: Deployment}
    - {apiVersion: v1, kind: Service}
    - {apiVersion: v1, kind: ServiceAccount}
  placement:
    clusterAffinity: {clusterNames: [member1, member2, member3]}
`;

const overrideOfMember2 = `
apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata: {name: frontend-registry, namespace: default}
spec:
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: frontend}]
  overrideRules:
    - targetCluster: {clusterNames: [member2]}
      overriders:
        imageOverrider: [{component: Registry, operator: replace, value: registry.example.com}]
`;

/** Declares the tests; they build on each other. Both functions may be called inside tests only. */
export function declareMainJob(harness: () => Harness, kubeconfigPath: () => string): void {
  const members = (): readonly string[] => mainJobMembers.map((name) => harness().member(name).kubeconfigPath);
  const deployment = (path: string, name: string): Promise<DeploymentLike> =>
    getJson<DeploymentLike>(harness(), path, ['deployment', name, '-n', 'default']);

  it('shows the joined clusters as ready', async () => {
    await eventually(async () => {
      const out = await harness().kubectl(kubeconfigPath(), ['get', 'clusters']);
      expect(out.match(/\bTrue\b/g)).toHaveLength(3);
    });
  });

  it('runs an unmodified application in every chosen cluster and reports back', async () => {
    const boutique = await readFile(join(testdata, 'online-boutique.yaml'), 'utf8');
    await harness().kubectl(kubeconfigPath(), ['apply', '-f', '-'], boutique);
    await harness().kubectl(kubeconfigPath(), ['apply', '-f', '-'], everythingPolicy);
    const declared = await getJson<{ items: DeploymentLike[] }>(harness(), kubeconfigPath(), [
      'deployments',
      '-n',
      'default',
    ]);
    expect(declared.items.length).toBeGreaterThan(9);
    await eventually(async () => {
      for (const path of members()) {
        const { items } = await getJson<{ items: DeploymentLike[] }>(harness(), path, ['deployments', '-n', 'default']);
        expect(items.map(({ metadata, status }) => [metadata.name, status.readyReplicas])).toEqual(
          declared.items.map(({ metadata, spec }) => [metadata.name, spec.replicas]),
        );
      }
    });
    await eventually(async () => {
      const { items } = await getJson<{ items: DeploymentLike[] }>(harness(), kubeconfigPath(), [
        'deployments',
        '-n',
        'default',
      ]);
      for (const { status, spec } of items) expect(status.readyReplicas).toBe(3 * spec.replicas);
    });
  });

  it('overrides one cluster and leaves the others as they are', async () => {
    const before = await Promise.all(members().map((path) => deployment(path, 'frontend')));
    await harness().kubectl(kubeconfigPath(), ['apply', '-f', '-'], overrideOfMember2);
    await eventually(async () => {
      const [first, second, third] = await Promise.all(members().map((path) => deployment(path, 'frontend')));
      expect(second?.spec.template.spec.containers[0]?.image).toMatch(/^registry\.example\.com\//);
      expect(first?.spec).toEqual(before[0]?.spec);
      expect(third?.spec).toEqual(before[2]?.spec);
    });
  });

  it('lets an edit follow', async () => {
    await harness().kubectl(kubeconfigPath(), ['scale', 'deployment/cartservice', '--replicas=3', '-n', 'default']);
    await eventually(async () => {
      for (const path of members()) expect((await deployment(path, 'cartservice')).spec.replicas).toBe(3);
    });
  });

  it('corrects a manual change in a member', async () => {
    const [path = ''] = members();
    await harness().kubectl(path, ['scale', 'deployment/adservice', '--replicas=7', '-n', 'default']);
    await eventually(async () => expect((await deployment(path, 'adservice')).spec.replicas).toBe(1));
  });

  it('brings back what somebody deleted in a member', async () => {
    const [path = ''] = members();
    const before = await deployment(path, 'emailservice');
    await harness().kubectl(path, ['delete', 'deployment/emailservice', '-n', 'default']);
    await eventually(async () =>
      expect((await deployment(path, 'emailservice')).metadata.uid).not.toBe(before.metadata.uid),
    );
  });

  it('lets a deletion follow, in every cluster', async () => {
    await harness().kubectl(kubeconfigPath(), ['delete', 'deployment/currencyservice', '-n', 'default']);
    await eventually(async () => {
      for (const path of members())
        await expectGone(harness(), path, ['deployment', 'currencyservice', '-n', 'default']);
      await expectGone(harness(), kubeconfigPath(), ['resourcebinding', 'currencyservice-deployment', '-n', 'default']);
    });
  });

  it('does not let a stopped member delay the others, and catches it up', async () => {
    const slow = harness().member('member3');
    await slow.pause();
    try {
      await harness().kubectl(kubeconfigPath(), [
        'scale',
        'deployment/shippingservice',
        '--replicas=2',
        '-n',
        'default',
      ]);
      await eventually(async () => {
        for (const path of members().slice(0, 2))
          expect((await deployment(path, 'shippingservice')).spec.replicas).toBe(2);
      }, 10_000);
    } finally {
      await slow.resume();
    }
    await eventually(async () =>
      expect((await deployment(slow.kubeconfigPath, 'shippingservice')).spec.replicas).toBe(2),
    );
  });

  it('installs, upgrades and removes a Helm chart', async () => {
    const chart = resolve(import.meta.dirname, '../charts/greeter');
    const kubeconfig = kubeconfigPath();
    await harness().helm(kubeconfig, ['install', 'hello', chart, '-n', 'shop', '--create-namespace']);
    await eventually(async () => {
      for (const path of members().slice(0, 2)) {
        const { status } = await getJson<DeploymentLike>(harness(), path, ['deployment', 'hello', '-n', 'shop']);
        expect(status.readyReplicas).toBe(2);
        expect(await namesIn(harness(), path, 'configmaps', 'shop')).toEqual(['hello-settings']);
      }
    });
    await harness().helm(kubeconfig, ['upgrade', 'hello', chart, '-n', 'shop', '--set', 'replicas=3']);
    await eventually(async () => {
      const [path = ''] = members();
      const { spec } = await getJson<DeploymentLike>(harness(), path, ['deployment', 'hello', '-n', 'shop']);
      expect(spec.replicas).toBe(3);
    });
    await harness().helm(kubeconfig, ['uninstall', 'hello', '-n', 'shop']);
    await eventually(async () => {
      for (const path of members().slice(0, 2))
        await expectGone(harness(), path, ['deployment', 'hello', '-n', 'shop']);
    });
  });
}
