import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';

import { createDirectClient } from '@flotilla/test-clusters/direct-client';
import { jsonAt } from '@flotilla/test-clusters/json-at';
import { startMembers } from '@flotilla/test-clusters/members';
import { processRssBytes } from '@flotilla/test-clusters/process-usage';
import { expect, it } from 'vitest';

import { describeWithMembers } from './harness.ts';

const CLI_PATH = resolve(import.meta.dirname, '../../clusters/src/cli.ts');
const NAMES = ['member1', 'member2', 'member3'];

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: default }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: 'nginx:1.27', resources: { requests: { cpu: 100m, memory: 64Mi } } }]
`;

await describeWithMembers('real member clusters', { names: NAMES, provider: 'processes' }, (harness) => {
  it.each(NAMES)('run a Deployment applied with kubectl until 3 of 3 replicas are ready in %s', async (name) => {
    const { kubeconfigPath } = harness().member(name);
    await harness().kubectl(kubeconfigPath, ['apply', '-f', '-'], WEB);
    await harness().kubectl(kubeconfigPath, ['rollout', 'status', 'deployment/web', '--timeout=60s']);

    const deployment: unknown = JSON.parse(
      await harness().kubectl(kubeconfigPath, ['get', 'deployment', 'web', '-o', 'json']),
    );
    expect(jsonAt(deployment, 'status', 'readyReplicas')).toBe(3);
  });

  it('are separate clusters: what one has the others do not', async () => {
    await harness().kubectl(harness().member('member1').kubeconfigPath, ['create', 'configmap', 'only-here']);
    const elsewhere = harness().kubectl(harness().member('member2').kubeconfigPath, ['get', 'configmap', 'only-here']);
    await expect(elsewhere).rejects.toThrow('NotFound');
  });

  it('have two Ready nodes with a capacity, and report the release they are', async () => {
    const { kubeconfigPath } = harness().member('member2');
    const nodes: unknown = JSON.parse(await harness().kubectl(kubeconfigPath, ['get', 'nodes', '-o', 'json']));
    expect(jsonAt(nodes, 'items', 'length')).toBe(2);
    expect(jsonAt(nodes, 'items', 0, 'status', 'allocatable', 'cpu')).toBe('16');

    const version: unknown = JSON.parse(await harness().kubectl(kubeconfigPath, ['version', '-o', 'json']));
    expect(jsonAt(version, 'serverVersion', 'gitVersion')).toMatch(/^v1\.\d+\.\d+$/);
  });

  it('admit the administrator by bearer token too', async () => {
    const { kubeconfigPath } = harness().member('member3');
    const answer = await harness().kubectl(kubeconfigPath, ['--context=member3-token', 'auth', 'can-i', '*', '*']);
    expect(answer.trim()).toBe('yes');
  });

  it('answer again with the same data after the API server was killed and restarted', async () => {
    const member = harness().member('member1');
    const oldPid = member.pids()['kube-apiserver'];
    await member.kill('kube-apiserver');
    expect(member.pids()['kube-apiserver']).toBeUndefined();
    await expect(harness().kubectl(member.kubeconfigPath, ['get', 'nodes'])).rejects.toThrow('refused');

    await member.restartApiserver();
    expect(member.pids()['kube-apiserver']).not.toBe(oldPid);
    const names = await harness().kubectl(member.kubeconfigPath, ['get', 'configmap', 'only-here', '-o', 'name']);
    expect(names.trim()).toBe('configmap/only-here');
  });

  it('hang while paused and go on when resumed', async () => {
    const member = harness().member('member3');
    await member.pause();
    const hanging = harness().kubectl(member.kubeconfigPath, ['get', 'nodes', '--request-timeout=1s']);
    await expect(hanging).rejects.toThrow(/[Tt]imeout/);

    await member.resume();
    expect(await harness().kubectl(member.kubeconfigPath, ['get', 'nodes', '-o', 'name'])).toContain(
      'node/member3-node-1',
    );
  });

  it('tell what their processes use', () => {
    const pid = harness().member('member1').pids()['kube-apiserver'] ?? 0;
    expect(processRssBytes(pid)).toBeGreaterThan(50 * 1024 ** 2);
  });

  it('are seen by Helm', async () => {
    const { kubeconfigPath } = harness().member('member2');
    const releases: unknown = JSON.parse(await harness().helm(kubeconfigPath, ['list', '-A', '-o', 'json']));
    expect(releases).toEqual([]);
  });

  it('end with the process that started them, even when it is killed', async () => {
    const cli = spawn(process.execPath, [CLI_PATH, 'up', '--members=1', '--nodes=0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await firstMatch(cli.stdout, /https:\S+/);
    const client = createDirectClient({ url, caPem: '', connections: 1 });
    const probe = async (): Promise<unknown> => client.request('GET', '/readyz');
    await expect(probe()).rejects.toThrow(/certificate/);

    cli.kill('SIGKILL');
    await expect.poll(async () => probe().catch(String), { timeout: 10_000 }).toContain('ECONNREFUSED');
    await client.close();
  });

  it('say why they did not start with the end of the log', async () => {
    const binaries = { ...harness().binaries, kubeApiserver: process.execPath };
    await expect(startMembers({ binaries, names: ['broken'] })).rejects.toThrow(/broken did not start[^]*bad option/);
  });
});

async function firstMatch(stream: Readable, pattern: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return found;
  }
  throw new Error(`the process ended and wrote only: ${text}`);
}
