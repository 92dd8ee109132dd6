import type { Platform } from '@flotilla/test-clusters/platform';
import { beforeAll, expect, it } from 'vitest';

import { eventually, expectGone, flotilla, getJson, joinMembers } from './fleet.ts';
import type { DeploymentLike } from './fleet.ts';
import { describeWithMembers } from './harness.ts';

const names = ['member1', 'member2'];

const workload = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
---
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata: {name: web, namespace: shop}
spec:
  preserveResourcesOnDeletion: true
  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment}]
  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
`;

const wrongOverride = `
apiVersion: policy.karmada.io/v1alpha1
kind: OverridePolicy
metadata: {name: wrong, namespace: shop}
spec:
  overrideRules:
    - targetCluster: {clusterNames: [member2]}
      overriders: {plaintext: [{path: /spec/nothing/here, operator: replace, value: x}]}
`;

interface Objects {
  readonly items: readonly {
    readonly message: string;
    readonly involvedObject: { readonly kind: string; readonly name: string };
  }[];
}

interface Named {
  readonly metadata: {
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

await describeWithMembers('what belongs to the control plane stays as it should be', { names }, (harness) => {
  let platform: Platform;
  const kubectl = (args: readonly string[], input?: string): Promise<string> =>
    harness().kubectl(platform.kubeconfigPath, args, input);
  const web = (kubeconfigPath = platform.kubeconfigPath): Promise<DeploymentLike> =>
    getJson<DeploymentLike>(harness(), kubeconfigPath, ['deployment', 'web', '-n', 'shop']);

  beforeAll(async () => {
    platform = await harness().startPlatform();
    await joinMembers(harness(), platform);
    await kubectl(['apply', '-f', '-'], workload);
  });

  it('runs in both clusters', async () => {
    await eventually(async () => expect((await web()).status.readyReplicas).toBe(4));
  });

  it('puts the status of a template back that a user wrote', async () => {
    const before = await web();
    const patch = '{"status":{"readyReplicas":9}}';
    const patched = JSON.parse(
      await kubectl([
        'patch',
        'deployment/web',
        '-n',
        'shop',
        '--subresource=status',
        '--type=merge',
        '-p',
        patch,
        '-o',
        'json',
      ]),
    ) as DeploymentLike;
    expect(patched.status.readyReplicas).toBe(9);
    await eventually(async () => expect((await web()).status).toEqual(before.status), 5_000);
  });

  it('says in Events that an override does not fit', async () => {
    await kubectl(['apply', '-f', '-'], wrongOverride);
    await eventually(async () => {
      const { items } = await getJson<Objects>(harness(), platform.kubeconfigPath, [
        'events',
        '-n',
        'shop',
        '--field-selector',
        'reason=ApplyOverridePolicyFailed,type=Warning',
      ]);
      expect(items.map(({ involvedObject }) => `${involvedObject.kind}/${involvedObject.name}`).toSorted()).toEqual([
        'Deployment/web',
        'ResourceBinding/web-deployment',
      ]);
      for (const { message } of items) expect(message).toMatch(/^Cluster member2: OverridePolicy shop\/wrong, rule 1/);
    });
    await kubectl(['delete', 'overridepolicy/wrong', '-n', 'shop']);
  });

  it('gives a cluster its execution space back when somebody deletes it', async () => {
    const space = (): Promise<Named> =>
      getJson<Named>(harness(), platform.kubeconfigPath, ['namespace', 'karmada-es-member1']);
    const before = await space();
    await kubectl(['delete', 'namespace/karmada-es-member1']);
    await eventually(async () => expect((await space()).metadata.uid).not.toBe(before.metadata.uid), 10_000);
    const { kubeconfigPath } = harness().member('member1');
    expect((await web(kubeconfigPath)).metadata.labels).toMatchObject({ 'karmada.io/managed': 'true' });
  });

  it('leaves a cluster its namespaces and what is to be preserved when it leaves, without our marks', async () => {
    const { kubeconfigPath } = harness().member('member2');
    await flotilla(platform, ['unjoin', 'member2']);
    await expectGone(harness(), platform.kubeconfigPath, ['cluster', 'member2']);
    await expectGone(harness(), platform.kubeconfigPath, ['secret', 'member2', '-n', 'karmada-cluster']);
    for (const args of [
      ['namespace', 'shop'],
      ['deployment', 'web', '-n', 'shop'],
    ]) {
      const { metadata } = await getJson<Named>(harness(), kubeconfigPath, args);
      const marks = [...Object.keys(metadata.labels ?? {}), ...Object.keys(metadata.annotations ?? {})];
      expect(marks.filter((key) => key.includes('karmada.io'))).toEqual([]);
    }
    expect((await web(harness().member('member1').kubeconfigPath)).metadata.labels).toMatchObject({
      'karmada.io/managed': 'true',
    });
  });
});
