import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import type { Platform } from '@flotilla/test-clusters/platform';
import { expect, vi } from 'vitest';

import type { Harness } from './harness.ts';

const runFile = promisify(execFile);
const cliPath = resolve(import.meta.dirname, '../../../cli/src/main.ts');

/** Runs the `flotilla` command against a platform. */
export async function flotilla(platform: Platform, args: readonly string[]): Promise<string> {
  const { stdout } = await runFile(process.execPath, [cliPath, ...args], {
    env: { PATH: process.env['PATH'], FLOTILLA_KUBECONFIG: platform.kubeconfigPath, NO_COLOR: '1' },
  });
  return stdout;
}

/** Joins all members of the harness, as an operator does. */
export async function joinMembers(harness: Harness, platform: Platform): Promise<void> {
  for (const { name, kubeconfigPath } of harness.members.members) {
    await flotilla(platform, ['join', name, '--kubeconfig', kubeconfigPath, '--region', `region-${name}`]);
  }
}

/** One object as kubectl prints it in JSON. */
export async function getJson<T>(harness: Harness, kubeconfigPath: string, args: readonly string[]): Promise<T> {
  return JSON.parse(await harness.kubectl(kubeconfigPath, ['get', ...args, '-o', 'json'])) as T;
}

/** Repeats until the assertions hold; the last failure is what the test shows. */
export async function eventually(assertions: () => Promise<void>, timeoutMs = 60_000): Promise<void> {
  await vi.waitFor(assertions, { timeout: timeoutMs, interval: 200 });
}

export interface DeploymentLike {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly resourceVersion: string;
  };
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly status: { readonly readyReplicas?: number };
}

/** Names of objects in a member's namespace, sorted. */
export async function namesIn(
  harness: Harness,
  kubeconfigPath: string,
  resource: string,
  namespace: string,
  selector = 'karmada.io/managed=true',
): Promise<readonly string[]> {
  const { items } = await getJson<{ items: { metadata: { name: string } }[] }>(harness, kubeconfigPath, [
    resource,
    '-n',
    namespace,
    '-l',
    selector,
  ]);
  return items.map(({ metadata }) => metadata.name).toSorted();
}

export async function expectGone(harness: Harness, kubeconfigPath: string, args: readonly string[]): Promise<void> {
  const out = await harness.kubectl(kubeconfigPath, ['get', ...args, '--ignore-not-found', '-o', 'name']);
  expect(out.trim()).toBe('');
}
