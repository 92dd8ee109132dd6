/** docker-compose.yml as Compose itself loads it, and what it hands to NATS as nats-server loads it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureBinaries, type Binaries } from '@flotilla/test-clusters/binaries';
import { ensureTrust } from '@flotilla/trust/trust-directory';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readComposeFile, type ComposeFile } from '../compose-file.ts';
import { repositoryRoot } from '../repository.ts';

const found = await ensureBinaries();
if ('unavailable' in found) console.error(`SKIPPED: Compose: ${found.unavailable}`);
const binaries = found as Binaries;
const run = promisify(execFile);

async function load(variables: Readonly<Record<string, string>>): Promise<ComposeFile> {
  const { stdout, stderr } = await run(binaries.compose, ['docker-compose.yml'], {
    cwd: repositoryRoot,
    env: variables,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as ComposeFile;
}

describe.skipIf('unavailable' in found)('docker-compose.yml', () => {
  it('is what Compose takes, without a variable set', async () => {
    const { services, volumes } = await load({});
    const ours = readComposeFile();
    const always = Object.entries(ours.services).filter(([, { profiles }]) => profiles === undefined);
    expect(Object.keys(services).toSorted()).toEqual(always.map(([name]) => name).toSorted());
    expect(Object.keys(volumes).toSorted()).toEqual(Object.keys(ours.volumes).toSorted());
    expect(String(services['gateway']?.environment?.['FLOTILLA_NATS_REPLICAS'])).toBe('1');
  });

  it('is what Compose takes with three NATS servers', async () => {
    const { services } = await load({ COMPOSE_PROFILES: 'nats-cluster', FLOTILLA_NATS_REPLICAS: '3' });
    expect(Object.keys(services).filter((name) => name.startsWith('nats-'))).toHaveLength(3);
    expect(String(services['gateway']?.environment?.['FLOTILLA_NATS_REPLICAS'])).toBe('3');
    expect(String(services['init']?.environment?.['NATS_REPLICAS'])).toBe('3');
  });
});

describe.skipIf('unavailable' in found).each([1, 3] as const)('the configuration of %d NATS servers', (replicas) => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'flotilla-trust-'));
    await ensureTrust({ directory, nowMs: Date.now(), natsReplicas: replicas, mountedAt: directory });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is what nats-server takes, with its data on the volume', async () => {
    for (let index = 0; index < replicas; index += 1) {
      const path = join(directory, 'nats', `nats-${index}`, 'nats-server.conf');
      // oxlint-disable-next-line no-await-in-loop -- three at most
      const { stderr } = await run(binaries.natsServer, ['-t', '-c', path]);
      expect(stderr).toContain('is valid');
      expect(readFileSync(path, 'utf8')).toContain('store_dir: "/data"');
    }
  });
});
