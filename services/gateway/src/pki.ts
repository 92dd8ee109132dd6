import { fork } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isUsable, type KeyPair } from '@flotilla/kubeapi/pki/key-pair';
import { makePrivateDirectory, privateMode, publicMode, readOptional, replaceFile } from '@flotilla/trust/private-file';
import type { IssuedKeys, KeysRequest } from './issue-keys.ts';

/** Everything the gateway proves itself and its administrator with. */
export interface Pki {
  readonly caCertPem: string;
  readonly serving: KeyPair;
  /** Client certificate of the group `system:masters`. */
  readonly admin: KeyPair;
  /** Signs service account tokens; EC P-256. */
  readonly serviceAccountKeyPem: string;
}

export interface PkiOptions {
  readonly directory: string;
  /** Addresses that clients connect to, besides localhost, 127.0.0.1 and the host's name. */
  readonly names: readonly string[];
  readonly nowMs: number;
}

const renewBeforeMs = 30 * 86_400_000;

/**
 * Reads the keys from the directory, and makes those that are missing, damaged, about to end, or not valid for an address. The authority is made only
 * once: everybody who trusts it would have to be told of another. A directory with the authority's certificate but not its key was made elsewhere: it's read
 * as it is, never written, and rejects with what is wrong with it.
 */
export async function loadPki({ directory, names, nowMs }: PkiOptions): Promise<Pki> {
  const mounted = await readMounted(directory, nowMs);
  if (mounted !== undefined) return mounted;
  await makePrivateDirectory(directory);
  const servedNames = [...new Set(['localhost', '127.0.0.1', '::1', 'kubernetes.default.svc', hostname(), ...names])];
  const ca = await readPair(directory, 'ca');
  const untilMs = nowMs + renewBeforeMs;
  if (ca !== undefined && isUsable(ca, { caPem: ca.certPem, untilMs: nowMs })) {
    const serving = await readPair(directory, 'serving');
    const admin = await readPair(directory, 'admin');
    const serviceAccountKeyPem = await readOptional(join(directory, 'service-account.key'));
    const isServingUsable =
      serving !== undefined && isUsable(serving, { caPem: ca.certPem, untilMs, names: servedNames });
    const isAdminUsable = admin !== undefined && isUsable(admin, { caPem: ca.certPem, untilMs });
    if (isServingUsable && isAdminUsable && serviceAccountKeyPem !== undefined) {
      return { caCertPem: ca.certPem, serving, admin, serviceAccountKeyPem };
    }
  }
  return issue(directory, servedNames, nowMs, ca);
}

/**
 * The keys that somebody else keeps in the directory, under the names that `loadPki` gives them; nothing is written. Every replica of the gateway has the same, so that clients may go to any.
 * Throws, with a message for people, when one is missing, or ends before `nowMs`.
 */
export async function readPki(directory: string, nowMs: number): Promise<Pki> {
  const [ca, serving, admin] = await Promise.all(['ca', 'serving', 'admin'].map((name) => readPair(directory, name)));
  const caCertPem = ca?.certPem ?? (await readOptional(join(directory, 'ca.crt')));
  const serviceAccountKeyPem = await readOptional(join(directory, 'service-account.key'));
  if (caCertPem === undefined || serving === undefined || admin === undefined || serviceAccountKeyPem === undefined) {
    throw new Error(
      `${directory} lacks keys: ca.crt, serving.crt, serving.key, admin.crt, admin.key and service-account.key belong there; "flotilla init" makes them`,
    );
  }
  assertUsable(serving, 'serving', { directory, caPem: caCertPem, nowMs });
  return { caCertPem, serving, admin, serviceAccountKeyPem };
}

/** What was made elsewhere, as by `flotilla init`. Undefined: the keys are this gateway's own to make. Beyond what `readPki` asks, the administrator's certificate has to be good: this gateway hands it out. */
async function readMounted(directory: string, nowMs: number): Promise<Pki | undefined> {
  const caCertPem = await readOptional(join(directory, 'ca.crt'));
  if (caCertPem === undefined || (await readOptional(join(directory, 'ca.key'))) !== undefined) return undefined;
  const pki = await readPki(directory, nowMs);
  assertUsable(pki.admin, 'admin', { directory, caPem: pki.caCertPem, nowMs });
  return pki;
}

function assertUsable(
  pair: KeyPair,
  name: string,
  { directory, caPem, nowMs }: { readonly directory: string; readonly caPem: string; readonly nowMs: number },
): void {
  if (isUsable(pair, { caPem, untilMs: nowMs })) return;
  throw new Error(
    `${name}.crt in ${directory} has ended, or is not of the authority in ca.crt: make it with "flotilla init"`,
  );
}

async function issue(
  directory: string,
  names: readonly string[],
  nowMs: number,
  kept: KeyPair | undefined,
): Promise<Pki> {
  const isKept = kept !== undefined && isUsable(kept, { caPem: kept.certPem, untilMs: nowMs });
  const issued = await issueInProcess({ names, nowMs, ...(isKept ? { authority: kept } : {}) });
  const { authority, serving, admin } = issued;
  const keptKey = await readOptional(join(directory, 'service-account.key'));
  const serviceAccountKeyPem = keptKey ?? (await newSigningKey());
  await writePair(directory, 'ca', authority);
  await writePair(directory, 'serving', serving);
  await writePair(directory, 'admin', admin);
  await replaceFile(join(directory, 'service-account.key'), serviceAccountKeyPem, privateMode);
  return { caCertPem: authority.certPem, serving, admin, serviceAccountKeyPem };
}

/** In a process of its own, which a first start pays for once: the library would stay in the memory of one that lives for months. */
async function issueInProcess(request: KeysRequest): Promise<IssuedKeys> {
  const child = fork(join(import.meta.dirname, 'issue-keys-process.ts'), { execArgv: [] });
  const ended = new AbortController();
  child.once('error', (error) => ended.abort(error));
  child.once('exit', (code) => ended.abort(new Error(`the process that makes keys ended with code ${code}`)));
  child.send(request);
  try {
    const [issued] = (await once(child, 'message', { signal: ended.signal })) as [IssuedKeys];
    return issued;
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  }
}

async function newSigningKey(): Promise<string> {
  const { generateKeyPair } = await import('node:crypto');
  return new Promise((resolve, reject) => {
    generateKeyPair('ec', { namedCurve: 'P-256' }, (error, _publicKey, privateKey) => {
      if (error === null) resolve(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
      else reject(error);
    });
  });
}

async function readPair(directory: string, name: string): Promise<KeyPair | undefined> {
  const certPem = await readOptional(join(directory, `${name}.crt`));
  const keyPem = await readOptional(join(directory, `${name}.key`));
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
}

async function writePair(directory: string, name: string, pair: KeyPair): Promise<void> {
  await replaceFile(join(directory, `${name}.key`), pair.keyPem, privateMode);
  await replaceFile(join(directory, `${name}.crt`), pair.certPem, publicMode);
}
