import { setTimeout as delay } from 'node:timers/promises';

import type { DirectClient } from '@flotilla/test-clusters/direct-client';
import { jsonAt } from '@flotilla/test-clusters/json-at';
import type { Member } from '@flotilla/test-clusters/member';
import { startPlatform } from '@flotilla/test-clusters/platform';
import type { Platform, PlatformOptions } from '@flotilla/test-clusters/platform';

import { openConnections } from './member-writes.ts';

/** What a client keeps in flight at the gateway. */
export const CREATES_IN_FLIGHT = 50;

export interface RunningPlatform {
  readonly platform: Platform;
  /** Its connections are open. */
  readonly client: DirectClient;
}

/** Starts a platform, ends it after `work`. */
export async function withPlatform<T>(
  options: PlatformOptions,
  work: (running: RunningPlatform) => Promise<T>,
): Promise<T> {
  const platform = await startPlatform(options);
  try {
    const client = await platform.client(CREATES_IN_FLIGHT);
    try {
      await openConnections(client, CREATES_IN_FLIGHT);
      return await work({ platform, client });
    } finally {
      await client.close();
    }
  } finally {
    await platform.stop();
  }
}

const CREDENTIALS_NAMESPACE = 'karmada-cluster';
const JOIN_TIMEOUT_MS = 60_000;
const JOIN_POLL_MS = 50;

/** Joins the members as push members, and waits until each is Ready with all its APIs known. */
export async function joinMembers(client: DirectClient, members: readonly Member[]): Promise<void> {
  await createUnlessPresent(client, '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: CREDENTIALS_NAMESPACE },
  });
  await Promise.all(members.map(async (member) => joinMember(client, member)));
}

async function joinMember(client: DirectClient, { name, url, caPem, adminToken }: Member): Promise<void> {
  await createUnlessPresent(client, `/api/v1/namespaces/${CREDENTIALS_NAMESPACE}/secrets`, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: CREDENTIALS_NAMESPACE, name },
    data: { token: base64(adminToken), caBundle: base64(caPem) },
  });
  await createUnlessPresent(client, '/apis/cluster.karmada.io/v1alpha1/clusters', {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name },
    spec: { syncMode: 'Push', apiEndpoint: url, secretRef: { namespace: CREDENTIALS_NAMESPACE, name } },
  });
  const deadlineMs = Date.now() + JOIN_TIMEOUT_MS;
  for (;;) {
    const cluster = await client.expect('GET', `/apis/cluster.karmada.io/v1alpha1/clusters/${name}`);
    if (isTrue(cluster, 'Ready') && isTrue(cluster, 'CompleteAPIEnablements')) return;
    if (Date.now() > deadlineMs) {
      throw new Error(`${name} did not become ready: ${JSON.stringify(jsonAt(cluster, 'status', 'conditions'))}`);
    }
    await delay(JOIN_POLL_MS);
  }
}

function isTrue(cluster: unknown, type: string): boolean {
  const conditions = jsonAt(cluster, 'status', 'conditions');
  return (
    Array.isArray(conditions) &&
    conditions.some((condition) => jsonAt(condition, 'type') === type && jsonAt(condition, 'status') === 'True')
  );
}

async function createUnlessPresent(client: DirectClient, path: string, object: unknown): Promise<void> {
  const { status, body } = await client.request('POST', path, object);
  if (status >= 300 && status !== 409) throw new Error(`POST ${path} answered ${status}: ${body.toString('utf8')}`);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
