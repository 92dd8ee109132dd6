import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createEmbeddedLog } from './embedded-log.ts';
import { appended, describeEventLogContract, latestEntries, readThrough } from './event-log-contract.ts';
import type { EventLog } from './event-log.ts';
import { createKeyRing, SealBroken, sealingKeyName, type SealingKey } from './key-ring.ts';
import { createSealedLog, reseal } from './sealed-log.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function newKey(): SealingKey {
  const secret = randomBytes(32);
  return { name: sealingKeyName(secret), secret };
}

const isSecret = (subject: string): boolean => subject.startsWith('state.core.secrets.');
const subject = 'state.core.secrets.default.db';
const plain = Buffer.from('{"data":{"password":"c2VjcmV0"}}');

function sealed(log: EventLog, ...keys: readonly SealingKey[]): EventLog {
  return createSealedLog({ log, keyRing: createKeyRing(keys, randomBytes), isSealed: isSecret });
}

describeEventLogContract('sealed, every subject', {
  async create({ historyMaxEntries }) {
    const keyRing = createKeyRing([newKey()], randomBytes);
    const beneath = await createEmbeddedLog({ historyMaxEntries, historyMaxBytes: 1 << 30 });
    const log = createSealedLog({ log: beneath, keyRing, isSealed: () => true });
    return { log, dispose: () => log.close() };
  },
  modelRuns: 20,
});

describe('key ring', () => {
  it('opens what it sealed, whatever the bytes', () => {
    const ring = createKeyRing([newKey()], randomBytes);
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 300 }), (name, value) => {
        expect(Buffer.compare(ring.open(name, ring.seal(name, value)), value)).toBe(0);
      }),
    );
  });

  it('refuses a value in which any one byte behind the magic was changed', () => {
    const ring = createKeyRing([newKey()], randomBytes);
    const value = ring.seal(subject, plain);
    for (let index = 5; index < value.length; index++) {
      const altered = Uint8Array.from(value);
      altered[index] = (altered[index] ?? 0) ^ 1;
      expect(() => ring.open(subject, altered)).toThrow(SealBroken);
    }
  });

  it('refuses a value cut short', () => {
    const ring = createKeyRing([newKey()], randomBytes);
    const value = ring.seal(subject, plain);
    for (let length = 6; length < value.length; length++) {
      expect(() => ring.open(subject, value.subarray(0, length))).toThrow(SealBroken);
    }
  });

  it('refuses a sealed value that was moved to another subject', () => {
    const ring = createKeyRing([newKey()], randomBytes);
    expect(() => ring.open('state.core.secrets.default.other', ring.seal(subject, plain))).toThrow(
      /changed or belongs elsewhere/,
    );
  });

  it('names the key that is missing', () => {
    const lost = newKey();
    const value = createKeyRing([lost], randomBytes).seal(subject, plain);
    expect(() => createKeyRing([newKey()], randomBytes).open(subject, value)).toThrow(lost.name);
  });

  it.each([
    ['no key', [], /at least one key/],
    ['a short key', [{ name: 'a', secret: randomBytes(16) }], /16 bytes instead of 32/],
    ['a key without a name', [{ name: '', secret: randomBytes(32) }], /1 to 255 bytes/],
    [
      'two keys of one name',
      [
        { name: 'a', secret: randomBytes(32) },
        { name: 'a', secret: randomBytes(32) },
      ],
      /same name/,
    ],
  ])('refuses a ring with %s', (_name, keys, message) => {
    expect(() => createKeyRing(keys, randomBytes)).toThrow(message);
  });
});

describe('sealed log', () => {
  it('leaves nothing readable in the log beneath, and leaves other subjects as they are', async () => {
    const beneath = await createEmbeddedLog({});
    const log = sealed(beneath, newKey());
    await appended(log, { subject, value: plain }, { subject: 'state.core.configmaps.default.db', value: plain });
    const [config, secret] = await latestEntries(beneath, '>').then((entries) =>
      entries.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)),
    );
    expect(Buffer.from(secret?.value ?? []).includes('password')).toBe(false);
    expect(Buffer.from(config?.value ?? []).toString()).toBe(plain.toString());
    await log.close();
  });

  it('shows readers the plain value, also of the entry that was replaced', async () => {
    const log = sealed(await createEmbeddedLog({}), newKey());
    await appended(log, { subject, value: plain });
    const [second = 0] = await appended(log, { subject, value: Buffer.from('second') });
    const entries = (await readThrough(log, second)).flatMap((batch) => batch.entries);
    expect(entries.map(({ value }) => Buffer.from(value).toString())).toEqual([plain.toString(), 'second']);
    const replaced = entries.at(-1)?.previous;
    expect(Buffer.from(replaced?.value ?? []).toString()).toBe(plain.toString());
    await log.close();
  });

  it('after a rotation opens old values with the old key, and needs it no more once all is resealed', async () => {
    const [old, fresh] = [newKey(), newKey()];
    const beneath = await createEmbeddedLog({});
    await appended(beneath, { subject: 'state.core.secrets.default.plain', value: plain });
    await appended(sealed(beneath, old), { subject, value: plain });
    const both = createKeyRing([fresh, old], randomBytes);
    const options = { subjects: ['state.core.secrets.>'], signal: new AbortController().signal };

    expect(await reseal(beneath, both, options)).toBe(2);
    expect(await reseal(beneath, both, options)).toBe(0);
    const values = (await latestEntries(sealed(beneath, fresh), '>')).map(({ value }) => Buffer.from(value).toString());
    expect(values).toEqual([plain.toString(), plain.toString()]);
    await beneath.close();
  });

  it('leaves nothing readable in the files of the log', async () => {
    await using directory = await temporaryDirectory();
    const log = sealed(await createEmbeddedLog({ directory: directory.path }), newKey());
    await appended(log, { subject, value: plain });
    await log.close();
    const names = await readdir(directory.path);
    const files = await Promise.all(names.map((name) => readFile(`${directory.path}/${name}`)));
    expect(names.filter((_name, index) => files[index]?.includes('password') ?? true)).toEqual([]);
    expect(files.some((bytes) => bytes.includes(subject))).toBe(true);
  });
});
