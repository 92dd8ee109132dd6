import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { temporaryDirectory } from '@flotilla/log/temporary-directory';
import { describe, expect, it } from 'vitest';

import { runCli } from '../testing/test-terminal.ts';

describe('flotilla init', () => {
  it('makes everything, tells when it ends and what comes next, and prints no key', async () => {
    await using directory = await temporaryDirectory();
    const { exitCode, out, err } = await runCli(['init', 'trust', '--dns', 'api.example.org'], { cwd: directory.path });
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toMatch(/^scheduler +made +ends 2027-01-01 \(365 d\) +scheduler\/tls\.crt$/m);
    expect(out).toMatch(/^authority +made +ends 2035-12-30/m);
    expect(out).toContain('Next: nats-server -c trust/nats/nats-0/nats-server.conf');
    const entries = await readdir(directory.path, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter(({ name }) => /\.key$|key-file|key-ring/.test(name))) {
      const lines = (await readFile(join(entry.parentPath, entry.name), 'utf8')).split('\n');
      expect(lines.filter((line) => line.length > 30 && out.includes(line))).toEqual([]);
    }
  });

  it('run again keeps everything', async () => {
    await using directory = await temporaryDirectory();
    await runCli(['init', 'trust'], { cwd: directory.path });
    const { out } = await runCli(['init', 'trust'], { cwd: directory.path });
    expect(out).not.toMatch(/ made | renewed /);
  });

  it('leads through a rotation of the encryption key', async () => {
    await using directory = await temporaryDirectory();
    await runCli(['init', 'trust'], { cwd: directory.path });
    const rotated = await runCli(['init', 'trust', '--rotate-encryption-key'], { cwd: directory.path });
    expect(rotated.out).toMatch(/2 encryption keys[^]*Then: flotilla init trust --drop-old-encryption-keys/);
    const dropped = await runCli(['init', 'trust', '--drop-old-encryption-keys'], { cwd: directory.path });
    expect(dropped.out).toContain('1 encryption key;');
  });

  it.each([
    ['an address that is none', ['--ip', '300.1.1.1:'], 2, /"300\.1\.1\.1:" is no IP address/],
    ['a name that is none', ['--dns', 'a b'], 2, /must be a host name/],
    ['two NATS servers', ['--nats-replicas', '2'], 2, /must be 1 or 3/],
    ['a relative mount', ['--mounted-at', 'x'], 2, /absolute path/],
    ['a certificate that is none', ['--renew', 'x'], 1, /no certificate "x"; there are: gateway/],
  ])('refuses %s', async (_, args, code, message) => {
    await using directory = await temporaryDirectory();
    const { exitCode, err } = await runCli(['init', 'trust', ...args], { cwd: directory.path });
    expect(exitCode).toBe(code);
    expect(err).toMatch(message);
  });

  it('says what to do when the directory is a file', async () => {
    await using directory = await temporaryDirectory();
    await writeFile(join(directory.path, 'trust'), '');
    const { exitCode, err } = await runCli(['init', 'trust'], { cwd: directory.path });
    expect(exitCode).toBe(1);
    expect(err).toMatch(/cannot be written.*Choose another directory/);
  });
});
