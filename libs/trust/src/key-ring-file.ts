/**
 * The key ring as a file: a JSON list of `{ "name", "secret" }`, secret in base64. The first key seals; the others only open what was sealed before a rotation. Whoever has the file can
 * read every sealed value, so it's kept apart from backups of the log.
 */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';

import type { EventLog } from '@flotilla/log/event-log';
import { createKeyRing, sealingKeyBytes, sealingKeyName, type KeyRing, type SealingKey } from '@flotilla/log/key-ring';
import { reseal } from '@flotilla/log/sealed-log';
import { isOpenToOthers, makePrivateDirectory, privateMode, readOptional, replaceFile } from './private-file.ts';

export interface LoadedKeyRing {
  readonly keyRing: KeyRing;
  /** Names, the sealing key first. */
  readonly names: readonly string[];
  /** What an operator should hear: the file is readable by others. */
  readonly warnings: readonly string[];
}

/** Of Secrets, wherever they are. */
export const sealedSubjects = ['state.core.secrets.>'] as const;

export function isSealedSubject(subject: string): boolean {
  return subject.startsWith('state.core.secrets.');
}

/** Throws with the file's name, never its content, when there's no such file or it's no key ring. */
export async function loadKeyRing(path: string): Promise<LoadedKeyRing> {
  const text = await readOptional(path);
  if (text === undefined) throw new Error(`there is no key ring at ${path}: make one with "flotilla init"`);
  const keys = parseKeys(path, text);
  const warnings = (await isOpenToOthers(path))
    ? [`${path} can be read by others than its owner: chmod 600 it, and rotate the key if others had access`]
    : [];
  return { keyRing: createKeyRing(keys, randomBytes), names: keys.map(({ name }) => name), warnings };
}

/** As `loadKeyRing`; makes a ring with one key where there is no file. */
export async function ensureKeyRing(path: string): Promise<LoadedKeyRing> {
  if ((await readOptional(path)) === undefined) {
    await makePrivateDirectory(dirname(path));
    await writeKeys(path, [newKey()]);
  }
  return loadKeyRing(path);
}

/** Puts a new key in front. Old values stay readable, and are sealed with the new key by whoever reseals. */
export async function rotateKeyRing(path: string): Promise<void> {
  await writeKeys(path, [newKey(), ...(await readKeys(path))]);
}

/** Keeps only the sealing key. What hasn't been resealed can't be read any more. Answers the names of the keys that are gone. */
export async function dropOldKeys(path: string): Promise<readonly string[]> {
  const [sealing, ...old] = await readKeys(path);
  if (sealing !== undefined && old.length > 0) await writeKeys(path, [sealing]);
  return old.map(({ name }) => name);
}

/**
 * Seals with the ring's first key what isn't: plain values from before there was a ring, and values of an older key. `log` is the one beneath the sealed log. Resolves to the number
 * of values written anew; safe to run at every start, in several processes at once. Throws LogUnavailable, SealBroken.
 */
export async function resealSecrets(log: EventLog, keyRing: KeyRing, signal: AbortSignal): Promise<number> {
  return reseal(log, keyRing, { subjects: sealedSubjects, signal });
}

async function readKeys(path: string): Promise<readonly SealingKey[]> {
  const text = await readOptional(path);
  return text === undefined ? [] : parseKeys(path, text);
}

/** Messages never quote the file. */
function parseKeys(path: string, text: string): readonly SealingKey[] {
  const fail = (what: string): never => {
    throw new Error(`${path} is no key ring: ${what}`);
  };
  const parsed = parseJson(text) ?? fail('it is not JSON');
  if (!Array.isArray(parsed) || parsed.length === 0) return fail('it is not a list of keys');
  return parsed.map((each: unknown, index) => {
    if (typeof each !== 'object' || each === null || !('name' in each) || !('secret' in each)) {
      return fail(`key ${index + 1} lacks "name" or "secret"`);
    }
    const { name, secret } = each;
    if (typeof name !== 'string' || name === '') return fail(`key ${index + 1} has no name`);
    const bytes = typeof secret === 'string' ? Buffer.from(secret, 'base64') : Buffer.alloc(0);
    if (bytes.byteLength !== sealingKeyBytes) return fail(`key "${name}" is not ${sealingKeyBytes} bytes in base64`);
    return { name, secret: bytes };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function writeKeys(path: string, keys: readonly SealingKey[]): Promise<void> {
  const stored = keys.map(({ name, secret }) => ({ name, secret: Buffer.from(secret).toString('base64') }));
  await replaceFile(path, `${JSON.stringify(stored, undefined, 2)}\n`, privateMode);
}

function newKey(): SealingKey {
  const secret = randomBytes(sealingKeyBytes);
  return { name: sealingKeyName(secret), secret };
}
