import { randomBytes } from 'node:crypto';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createEmbeddedLog } from '@flotilla/log/embedded-log';
import { createSealedLog } from '@flotilla/log/sealed-log';
import { temporaryDirectory } from '@flotilla/log/temporary-directory';
import { describe, expect, it } from 'vitest';

import {
  dropOldKeys,
  ensureKeyRing,
  isSealedSubject,
  loadKeyRing,
  resealSecrets,
  rotateKeyRing,
} from './key-ring-file.ts';

const subject = 'state.core.secrets.default.db';
const plain = Buffer.from('{"data":{"password":"c2VjcmV0"}}');
const signal = new AbortController().signal;
const key = (name: string, bytes = 32): unknown => ({ name, secret: randomBytes(bytes).toString('base64') });

describe('the key ring file', () => {
  it('is made once, for its owner alone', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'encryption', 'key-ring.json');
    const made = await ensureKeyRing(path);
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
    expect(made.warnings).toEqual([]);
    expect((await ensureKeyRing(path)).names).toEqual(made.names);
  });

  it.each([
    [0o640, 'its group'],
    [0o604, 'everybody'],
  ])('is loaded with a warning when mode %o lets %s read it', async (mode) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'key-ring.json');
    await ensureKeyRing(path);
    await chmod(path, mode);
    expect((await loadKeyRing(path)).warnings).toEqual([expect.stringMatching(/can be read by others.*chmod 600/)]);
  });

  it('is rotated while what was sealed stays readable; the old key is needed no more after resealing', async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'key-ring.json');
    const { keyRing: before, names: old } = await ensureKeyRing(path);
    const beneath = await createEmbeddedLog({});
    await createSealedLog({ log: beneath, keyRing: before, isSealed: isSealedSubject }).append([
      { subject, value: plain },
    ]);

    await rotateKeyRing(path);
    const { keyRing: both, names } = await loadKeyRing(path);
    expect(names.slice(1)).toEqual(old);
    expect(await resealSecrets(beneath, both, signal)).toBe(1);
    expect(await resealSecrets(beneath, both, signal)).toBe(0);

    expect(await dropOldKeys(path)).toEqual(old);
    expect(await dropOldKeys(path)).toEqual([]);
    const { keyRing: after } = await loadKeyRing(path);
    const values: string[] = [];
    const log = createSealedLog({ log: beneath, keyRing: after, isSealed: isSealedSubject });
    for await (const { entries } of log.latest(['state.>']))
      values.push(...entries.map(({ value }) => String(Buffer.from(value))));
    expect(values).toEqual([plain.toString()]);
    await beneath.close();
  });

  it.each([
    ['nothing', undefined, /no key ring at .*flotilla init/],
    ['no JSON', '{', /it is not JSON/],
    ['no list', '{}', /not a list of keys/],
    ['no key', '[]', /not a list of keys/],
    ['a key without secret', '[{"name":"a"}]', /key 1 lacks/],
    ['a key without name', JSON.stringify([key('')]), /key 1 has no name/],
    ['a short key', JSON.stringify([key('a', 16)]), /key "a" is not 32 bytes/],
    ['a name used twice', JSON.stringify([key('a'), key('a')]), /same name/],
  ])('is refused with %s in it', async (_, content, message) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'key-ring.json');
    if (content !== undefined) await writeFile(path, content, { mode: 0o600 });
    await expect(loadKeyRing(path)).rejects.toThrow(message);
  });
});
