/** Starts the simulated members and joins them, each with its own credentials, as any other cluster. */
import { join } from 'node:path';

import { writeKubeconfig } from '@flotilla/gateway/kubeconfig';
import type { Gateway } from '@flotilla/gateway/service';
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { kindFromCrd } from '@flotilla/kinds/crd-kind';
import { clusterSecretNamespace } from '@flotilla/kinds/karmada/well-known';
import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { readOpenApiBytes } from '@flotilla/kinds/openapi-files';
import { ensureObjects } from '@flotilla/kubeapi/bootstrap/ensure-objects';
import { secretKeys } from '@flotilla/member/endpoint';
import type { Report } from '@flotilla/runtime/logger';
import { defaultFleet } from '@flotilla/simulator/default-fleet';
import type { MemberPlan } from '@flotilla/simulator/default-fleet';
import { createSimulatedMember } from '@flotilla/simulator/simulated-member';
import type { SimulatedMember } from '@flotilla/simulator/simulated-member';
import type { ObjectStore } from '@flotilla/store/object-store';

import { reportSimulator } from './reports.ts';

export interface SimulatedMembersDeps {
  readonly store: ObjectStore;
  readonly kinds: KindRegistry;
  readonly builtinKinds: readonly KindDefinition[];
  readonly gateway: Gateway;
  readonly now: () => number;
  readonly random: () => number;
  readonly newUid: () => string;
  readonly reporter: (service: string) => (report: Report) => void;
}

export interface SimulatedMembers {
  readonly names: readonly string[];
  stop(): Promise<void>;
}

type MemberAccess = Awaited<ReturnType<SimulatedMember['start']>>;

const clusters = { group: 'cluster.karmada.io', resource: 'clusters' };
const secrets = { group: '', resource: 'secrets' };

/** Label of Cluster objects that this process made: only those are brought up to date with it. */
const simulatedLabel = 'flotilla.io/simulated';

export async function startSimulatedMembers(
  deps: SimulatedMembersDeps,
  options: { readonly dataDir: string; readonly count: number },
): Promise<SimulatedMembers> {
  const started: SimulatedMember[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.splice(0).map((member) => member.stop()));
  };
  const { certPem, keyPem } = deps.gateway.pki.serving;
  const tls = { certPem, keyPem, caPem: deps.gateway.pki.caCertPem };
  const fleet = defaultFleet(options.count);
  try {
    const accesses = await Promise.all(
      fleet.map(async (plan, index) => {
        const member = createSimulatedMember(
          {
            kinds: deps.builtinKinds,
            openApi: { read: readOpenApiBytes },
            now: deps.now,
            random: deps.random,
            newUid: deps.newUid,
            report: reportSimulator(deps.reporter(plan.name)),
            customKindsOf: kindFromCrd,
          },
          { ...plan, index, directory: join(options.dataDir, 'members', plan.name), tls },
        );
        started.push(member);
        return { plan, access: await member.start() };
      }),
    );
    await ensureObjects(deps, [
      namespaceObject(clusterSecretNamespace),
      ...accesses.flatMap(({ plan, access }) => [secretObject(plan, access), clusterObject(plan, access)]),
    ]);
    for (const { plan, access } of accesses) await updateAccess(deps.store, plan, access);
    await addContexts(deps.gateway, accesses);
  } catch (error) {
    await stop();
    throw error;
  }
  return { names: fleet.map(({ name }) => name), stop };
}

/** A member may have come back on another port: its Cluster and Secret follow. */
async function updateAccess(store: ObjectStore, plan: MemberPlan, access: MemberAccess): Promise<void> {
  const cluster = store.get(clusters, '', plan.name);
  const secret = store.get(secrets, clusterSecretNamespace, plan.name);
  if (cluster === undefined || cluster.object.metadata.labels?.[simulatedLabel] !== 'true') return;
  const { spec } = cluster.object as Cluster;
  const wanted = secretObject(plan, access);
  const writes = [
    ...(spec.apiEndpoint === access.url
      ? []
      : [{ ...cluster, object: { ...cluster.object, spec: { ...spec, apiEndpoint: access.url } } }]),
    ...(secret === undefined || JSON.stringify(secret.object['data']) === JSON.stringify(wanted['data'])
      ? []
      : [{ ...secret, object: { ...secret.object, data: wanted['data'] } }]),
  ];
  if (writes.length === 0) return;
  await store.commit(
    writes.map(({ resource, namespace, name, object, revision }) => ({
      resource,
      namespace,
      name,
      object,
      expect: revision,
    })),
  );
}

/** `kubectl --context member1`: the same administrator, straight to the member. */
async function addContexts(
  { kubeconfigPath, pki, url }: Gateway,
  accesses: readonly { readonly plan: MemberPlan; readonly access: MemberAccess }[],
): Promise<void> {
  const own = { name: 'flotilla', server: url, caCertPem: pki.caCertPem, client: pki.admin };
  await writeKubeconfig({
    path: kubeconfigPath,
    currentContext: own.name,
    contexts: [
      own,
      ...accesses.map(({ plan, access }) => ({
        name: plan.name,
        server: access.url,
        caCertPem: access.caPem,
        client: pki.admin,
      })),
    ],
  });
}

function namespaceObject(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

function secretObject({ name }: MemberPlan, { adminToken, caPem }: MemberAccess): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: clusterSecretNamespace },
    type: 'Opaque',
    data: {
      [secretKeys.token]: Buffer.from(adminToken).toString('base64'),
      [secretKeys.ca]: Buffer.from(caPem).toString('base64'),
    },
  };
}

function clusterObject({ name, provider, region, zones }: MemberPlan, { url }: MemberAccess): KubeObject {
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, labels: { [simulatedLabel]: 'true' } },
    spec: {
      syncMode: 'Push',
      apiEndpoint: url,
      secretRef: { namespace: clusterSecretNamespace, name },
      provider,
      region,
      zones: [...zones],
    },
  };
}
