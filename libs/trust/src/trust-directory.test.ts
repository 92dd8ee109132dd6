import { X509Certificate } from 'node:crypto';
import { chmod, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { temporaryDirectory } from '@flotilla/log/temporary-directory';
import { describe, expect, it } from 'vitest';

import { ensureTrust, type TrustSummary } from './trust-directory.ts';

const nowMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;

const states = ({ items }: TrustSummary): Record<string, string> =>
  Object.fromEntries(
    items.map(({ name, state, reason }) => [name, reason === undefined ? state : `${state}: ${reason}`]),
  );
const changed = (summary: TrustSummary): Record<string, string> =>
  Object.fromEntries(Object.entries(states(summary)).filter(([, state]) => state !== 'kept'));

async function files(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('a trust directory', () => {
  it('is made once, with keys that only their owner may read, and kept when made again', async () => {
    await using directory = await temporaryDirectory();
    const options = { directory: join(directory.path, 'trust'), nowMs };
    const first = await ensureTrust(options);
    expect(new Set(first.items.map(({ state }) => state))).toEqual(new Set(['made']));
    const contents = new Map<string, string>();
    for (const file of await files(options.directory)) {
      contents.set(file, await readFile(file, 'utf8'));
      const mode = (await stat(file)).mode & 0o777;
      const isSecret = /\.key$|\.pem$|key-file$|key-ring\.json$/.test(file);
      expect([file, mode.toString(8)]).toEqual([file, isSecret ? '600' : '644']);
    }
    for (const folder of ['', 'authority', 'gateway', 'gateway/pki', 'nats/nats-0', 'encryption', 'mongodb']) {
      expect([folder, ((await stat(join(options.directory, folder))).mode & 0o777).toString(8)]).toEqual([
        folder,
        '700',
      ]);
    }

    expect(changed(await ensureTrust({ ...options, nowMs: nowMs + 300 * dayMs }))).toEqual({});
    for (const [file, content] of contents) expect([file, await readFile(file, 'utf8')]).toEqual([file, content]);
  });

  it('says who each party is, and for which names', async () => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs, dnsNames: ['api.example.org'], ipAddresses: ['192.0.2.7'] });
    const read = async (path: string): Promise<X509Certificate> =>
      new X509Certificate(await readFile(join(directory.path, path)));
    const scheduler = await read('scheduler/tls.crt');
    expect(scheduler.subject).toBe('O=flotilla:services\nCN=scheduler');
    expect(scheduler.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    const names = ['scheduler', 'scheduler.flotilla.svc', 'localhost', 'api.example.org'];
    expect(names.map((name) => scheduler.checkHost(name))).toEqual(names);
    expect(scheduler.checkIP('192.0.2.7')).toBe('192.0.2.7');
    const operator = await read('operator/tls.crt');
    expect([operator.subject, operator.keyUsage]).toEqual([
      'O=flotilla:administrators\nCN=operator',
      ['1.3.6.1.5.5.7.3.2'],
    ]);
    expect((await read('gateway/pki/serving.crt')).checkHost('kubernetes.default.svc')).toBe('kubernetes.default.svc');
    expect((await read('gateway/pki/admin.crt')).subject).toBe('O=system:masters\nCN=flotilla-admin');
    expect((await read('nats/nats-0/tls.crt')).subject).toContain('O=flotilla:nats');
  });

  it('gives the key of the authority to nobody', async () => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs });
    const secret = await readFile(join(directory.path, 'authority/ca.key'), 'utf8');
    const holders: string[] = [];
    for (const file of await files(directory.path)) {
      if ((await readFile(file, 'utf8')).includes(secret)) holders.push(relative(directory.path, file));
    }
    expect(holders).toEqual(['authority/ca.key']);
  });

  it('renews what ends within 30 days, and nothing before', async () => {
    await using directory = await temporaryDirectory();
    const options = { directory: directory.path, nowMs };
    await ensureTrust(options);
    expect(changed(await ensureTrust({ ...options, nowMs: nowMs + 334 * dayMs }))).toEqual({});
    const renewed = changed(await ensureTrust({ ...options, nowMs: nowMs + 336 * dayMs }));
    expect(Object.keys(renewed)).toHaveLength(15);
    expect(new Set(Object.values(renewed))).toEqual(new Set(['renewed: ends soon']));
  });

  it.each([
    ['asked for by name', { renew: ['scheduler'] }, { scheduler: 'renewed: asked for' }],
    ['for an encryption key', { rotatesEncryptionKey: true }, { 'encryption keys': 'renewed: a new key seals' }],
  ])('renews what is %s', async (_, asked, expected) => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs });
    expect(changed(await ensureTrust({ directory: directory.path, nowMs, ...asked }))).toEqual(expected);
  });

  it('keeps names of earlier runs when others are added', async () => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs, dnsNames: ['a.example.org'] });
    const again = await ensureTrust({ directory: directory.path, nowMs, dnsNames: ['b.example.org'] });
    expect(states(again)).toMatchObject({ scheduler: 'renewed: lacks a name', operator: 'kept' });
    const certificate = new X509Certificate(await readFile(join(directory.path, 'scheduler/tls.crt')));
    expect([certificate.checkHost('a.example.org'), certificate.checkHost('b.example.org')]).not.toContain(undefined);
  });

  it.each([
    ['a key without its certificate', 'scheduler/tls.crt', 'made'],
    ['a certificate without its key', 'scheduler/tls.key', 'made'],
  ])('mends %s, as a run that was killed leaves it', async (_, lost, state) => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs });
    await rm(join(directory.path, lost));
    expect(changed(await ensureTrust({ directory: directory.path, nowMs }))).toEqual({ scheduler: state });
    expect(changed(await ensureTrust({ directory: directory.path, nowMs }))).toEqual({});
  });

  it('mends a certificate beside the key of another', async () => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs });
    await writeFile(join(directory.path, 'mongodb/tls.key'), await readFile(join(directory.path, 'events/tls.key')));
    expect(changed(await ensureTrust({ directory: directory.path, nowMs }))).toEqual({
      mongodb: 'renewed: damaged, or of another authority',
    });
    const pem = await readFile(join(directory.path, 'mongodb/tls.pem'), 'utf8');
    expect(pem).toContain(await readFile(join(directory.path, 'mongodb/tls.key'), 'utf8'));
  });

  it('needs the key of the authority only when something has to be signed', async () => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs });
    await rm(join(directory.path, 'authority/ca.key'));
    expect(changed(await ensureTrust({ directory: directory.path, nowMs }))).toEqual({});
    await expect(ensureTrust({ directory: directory.path, nowMs, renew: ['events'] })).rejects.toThrow(
      /ca\.key is not there: put it back/,
    );
  });

  it('adds servers to NATS and takes none away', async () => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs });
    expect(changed(await ensureTrust({ directory: directory.path, nowMs, natsReplicas: 3 }))).toMatchObject({
      'nats-1': 'made',
      'nats-2 configuration': 'made',
      'nats-0 configuration': 'renewed',
    });
    await expect(ensureTrust({ directory: directory.path, nowMs, natsReplicas: 1 })).rejects.toThrow(
      /are not taken away/,
    );
  });

  it('warns of a key ring that others can read', async () => {
    await using directory = await temporaryDirectory();
    await ensureTrust({ directory: directory.path, nowMs });
    await chmod(join(directory.path, 'encryption/key-ring.json'), 0o640);
    const { warnings } = await ensureTrust({ directory: directory.path, nowMs });
    expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
  });

  it('names the certificates there are when asked to renew one that is not', async () => {
    await using directory = await temporaryDirectory();
    await expect(ensureTrust({ directory: directory.path, nowMs, renew: ['shceduler'] })).rejects.toThrow(
      /no certificate "shceduler"; there are: gateway, registry, scheduler/,
    );
  });
});
