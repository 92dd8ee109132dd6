import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBuiltinKinds } from '@flotilla/kinds/builtin/all';
import { createKarmadaKinds } from '@flotilla/kinds/karmada/all';
import { createKindRegistry } from '@flotilla/kinds/kind-registry';
import { readOpenApiBytes, readOpenApiDocument } from '@flotilla/kinds/openapi-files';
import { ownEverything } from '@flotilla/lease/own-everything';
import { createEmbeddedLog, type EmbeddedLog } from '@flotilla/log/embedded-log';
import { createObjectStore } from '@flotilla/store/create-object-store';
import { writeKubeconfig } from './kubeconfig.ts';
import { loadPki } from './pki.ts';
import { createGateway, type Gateway } from './service.ts';

const run = promisify(execFile);
const hasKubectl = await run('kubectl', ['version', '--client']).then(
  () => true,
  () => false,
);

const manifest = `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {mode: fast}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: 'nginx:1.27'}]}
`;

interface Running {
  readonly gateway: Gateway;
  stop(): Promise<void>;
}

async function start(directory: string, port = 0): Promise<Running> {
  const stopping = new AbortController();
  const log: EmbeddedLog = await createEmbeddedLog({ directory: join(directory, 'log'), durability: 'none' });
  const store = await createObjectStore({ log, signal: stopping.signal });
  const kinds = createKindRegistry([
    ...createBuiltinKinds({ readDocument: readOpenApiDocument }),
    ...createKarmadaKinds(),
  ]);
  const close = async (): Promise<void> => {
    stopping.abort();
    await log.close();
  };
  try {
    const partitions = ownEverything();
    partitions.start();
    const gateway = await createGateway(
      {
        store,
        kinds,
        partitions,
        now: Date.now,
        newUid: randomUUID,
        report: () => undefined,
        openApi: { read: readOpenApiBytes },
      },
      { directory, host: '127.0.0.1', port },
    );
    return {
      gateway,
      async stop() {
        await gateway.stop(100);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

describe('the gateway', () => {
  let directory: string;
  let running: Running;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'flotilla-gateway-'));
    running = await start(directory);
  });
  afterAll(async () => {
    await running.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('keeps its keys private', async () => {
    for (const file of ['pki/ca.key', 'pki/admin.key', 'pki/serving.key', 'pki/service-account.key', 'kubeconfig']) {
      // oxlint-disable-next-line no-await-in-loop
      expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
    }
  });

  it('says which port is taken', async () => {
    const other = await mkdtemp(join(tmpdir(), 'flotilla-gateway-'));
    await expect(start(other, running.gateway.port)).rejects.toThrow(
      `port ${running.gateway.port} on 127.0.0.1 is in use`,
    );
    await rm(other, { recursive: true, force: true });
  });

  it('finds its data and its keys again', async () => {
    const again = await mkdtemp(join(tmpdir(), 'flotilla-gateway-'));
    const first = await start(again);
    const ca = first.gateway.pki.caCertPem;
    const namespaces = first.gateway.api.write.store.count({ group: '', resource: 'namespaces' });
    await first.stop();
    const second = await start(again);
    expect(second.gateway.pki.caCertPem).toBe(ca);
    expect(second.gateway.api.write.store.count({ group: '', resource: 'namespaces' })).toBe(namespaces);
    await second.stop();
    await rm(again, { recursive: true, force: true });
  });

  describe.skipIf(!hasKubectl)('with kubectl', () => {
    const kubectl = async (...args: readonly string[]): Promise<string> => {
      const { stdout } = await run('kubectl', ['--kubeconfig', running.gateway.kubeconfigPath, ...args], {
        timeout: 20_000,
      });
      return stdout;
    };

    it('applies, shows, explains and deletes', async () => {
      const file = join(directory, 'shop.yaml');
      await writeFile(file, manifest);
      expect(await kubectl('apply', '-f', file)).toContain('deployment.apps/web created');
      expect(await kubectl('apply', '-f', file)).toContain('deployment.apps/web unchanged');
      expect(await kubectl('get', 'deployments', '-n', 'shop')).toMatch(
        /NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\s+web\s+0\/2/,
      );
      expect(await kubectl('get', 'cm', 'settings', '-n', 'shop', '-o', 'jsonpath={.data.mode}')).toBe('fast');
      expect(await kubectl('explain', 'deployment.spec.replicas')).toContain('Number of desired pods');
      expect(await kubectl('explain', 'propagationpolicy.spec')).toContain('resourceSelectors');
      expect(await kubectl('scale', 'deploy/web', '-n', 'shop', '--replicas=5')).toContain('scaled');
      expect(await kubectl('apply', '--server-side', '--force-conflicts', '-f', file)).toContain('serverside-applied');
      expect(await kubectl('auth', 'can-i', 'create', 'deployments')).toBe('yes\n');
      expect(await kubectl('delete', '-f', file, '--ignore-not-found', '--timeout=15s')).toContain(
        'namespace "shop" deleted',
      );
      expect(await kubectl('get', 'ns')).not.toContain('shop');
    }, 60_000);
  });

  it.runIf(!hasKubectl)('SKIPPED: kubectl is not on the path, its flows were not tested', () => {
    expect(hasKubectl).toBe(false);
  });
});

describe('keys', () => {
  it('are made anew when they are about to end or miss a name, by the same authority', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'flotilla-pki-'));
    const nowMs = Date.now();
    const first = await loadPki({ directory, names: [], nowMs });
    expect(await loadPki({ directory, names: [], nowMs })).toEqual(first);
    const named = await loadPki({ directory, names: ['api.example.com'], nowMs });
    expect(named.caCertPem).toBe(first.caCertPem);
    expect(named.serving.certPem).not.toBe(first.serving.certPem);
    const late = await loadPki({ directory, names: ['api.example.com'], nowMs: nowMs + 340 * 86_400_000 });
    expect(late.admin.certPem).not.toBe(named.admin.certPem);
    await writeFile(join(directory, 'serving.crt'), 'damaged');
    expect((await loadPki({ directory, names: [], nowMs })).serving.certPem).toContain('BEGIN CERTIFICATE');
    await rm(directory, { recursive: true, force: true });
  });
});

describe('kubeconfig', () => {
  it('keeps what others added', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'flotilla-kubeconfig-'));
    const path = join(directory, 'kubeconfig');
    const client = { certPem: 'cert', keyPem: 'key' };
    const context = (name: string) => ({ name, server: `https://${name}`, caCertPem: 'ca', client });
    await writeKubeconfig({ path, contexts: [context('flotilla'), context('member1')], currentContext: 'flotilla' });
    await writeKubeconfig({ path, contexts: [context('flotilla')], currentContext: 'flotilla' });
    const text = await readFile(path, 'utf8');
    expect(text).toContain('https://member1');
    expect(text.match(/https:\/\/flotilla/g)).toHaveLength(1);
    await rm(directory, { recursive: true, force: true });
  });
});
