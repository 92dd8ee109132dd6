/**
 * Makes everything that the parts of the platform know each other by, as files in one directory. What is there and good is kept, so it may be run again at any time, also after it was killed: a key
 * without its certificate, or with another's, counts as damaged and is made anew. The one thing never made anew is the authority, for everybody who trusts it would have to be told.
 */
import { generateKeyPair, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
  createCertificateAuthority,
  loadCertificateAuthority,
  type CertificateAuthority,
} from '@flotilla/kubeapi/pki/certificate-authority';
import { isUsable, type KeyPair } from '@flotilla/kubeapi/pki/key-pair';
import { faultOf, issuedPairs, type IssuedPair } from './issued-pairs.ts';
import { dropOldKeys, ensureKeyRing, loadKeyRing, rotateKeyRing } from './key-ring-file.ts';
import { mongodConfiguration, mongoUsersScript, newMongoKeyFile } from './mongodb-files.ts';
import { natsConfiguration } from './nats-configuration.ts';
import { natsServerNames } from './parties.ts';
import { makePrivateDirectory, privateMode, publicMode, readOptional, replaceFile } from './private-file.ts';

export interface TrustOptions {
  readonly directory: string;
  readonly nowMs: number;
  /** Further names and addresses of all servers. Those of an earlier run are kept. */
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  /** Servers of the NATS cluster: as in the earlier run, else 1. */
  readonly natsReplicas?: 1 | 3;
  /** Where NATS and MongoDB servers see their folders, when that isn't here: `/etc/flotilla` for instance. As in the earlier run, else `directory`. */
  readonly mountedAt?: string;
  /** Names of certificates to make anew though they're good. */
  readonly renew?: readonly string[];
  readonly rotatesEncryptionKey?: boolean;
  readonly dropsOldEncryptionKeys?: boolean;
}

export interface TrustItem {
  readonly name: string;
  /** Relative to the directory. */
  readonly path: string;
  readonly state: 'made' | 'renewed' | 'kept';
  /** Why it was renewed. */
  readonly reason?: string;
  /** Of certificates. */
  readonly endsAtMs?: number;
}

export interface TrustSummary {
  readonly items: readonly TrustItem[];
  /** Names of the keys, the sealing one first. */
  readonly encryptionKeys: readonly string[];
  readonly warnings: readonly string[];
}

/** What can't be done, in words for people. */
export class TrustError extends Error {
  override readonly name = 'TrustError';
}

interface Settings {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly natsReplicas: 1 | 3;
  readonly mountedAt?: string;
}

const renewBeforeMs = 30 * 86_400_000;
const authorityWarningMs = 365 * 86_400_000;
/** Of a NATS server in a container. */
const mountedDataDirectory = '/data';
/** Servers, and those who have a user there. */
const speaksMongo: ReadonlySet<string> = new Set(['mongodb', 'gateway', 'archiver', 'platform']);
const keyRingFile = join('encryption', 'key-ring.json');

/** Throws TrustError, or what the file system throws. */
export async function ensureTrust(options: TrustOptions): Promise<TrustSummary> {
  const { directory, nowMs } = options;
  await makePrivateDirectory(directory);
  const settings = await ensureSettings(options);
  const pairs = issuedPairs(settings);
  const unknown = (options.renew ?? []).filter((name) => !pairs.some((pair) => pair.name === name));
  if (unknown.length > 0) {
    const known = pairs.map(({ name }) => name).join(', ');
    throw new TrustError(`there is no certificate "${unknown.join('", "')}"; there are: ${known}`);
  }
  const authority = await ensureAuthority(directory, nowMs);
  const items: TrustItem[] = [authority.item];
  for (const pair of pairs) {
    // oxlint-disable-next-line no-await-in-loop -- each one is finished before the next begins
    items.push(await ensurePair(options, pair, authority));
  }
  items.push(...(await ensureOthers(directory, settings)));
  const ring = await ensureRing(options);
  items.push(ring.item);
  const endsAtMs = authority.item.endsAtMs ?? 0;
  const warnings = [
    ...ring.warnings,
    ...(endsAtMs - nowMs < authorityWarningMs
      ? [
          'the authority ends within a year: make a new directory, and have both authorities trusted while certificates are exchanged',
        ]
      : []),
  ];
  return { items, encryptionKeys: ring.names, warnings };
}

async function ensureSettings(options: TrustOptions): Promise<Settings> {
  const path = join(options.directory, 'trust.json');
  const text = await readOptional(path);
  const known = text === undefined ? undefined : (JSON.parse(text) as Settings);
  const mountedAt = options.mountedAt ?? known?.mountedAt;
  const natsReplicas = options.natsReplicas ?? known?.natsReplicas ?? 1;
  if (known !== undefined && natsReplicas < known.natsReplicas) {
    throw new TrustError('servers of a NATS cluster that holds the log are not taken away: leave --nats-replicas at 3');
  }
  const settings: Settings = {
    dnsNames: union(known?.dnsNames, options.dnsNames),
    ipAddresses: union(known?.ipAddresses, options.ipAddresses),
    natsReplicas,
    ...(mountedAt === undefined ? {} : { mountedAt }),
  };
  await replaceIfOther(path, `${JSON.stringify(settings, undefined, 2)}\n`, publicMode);
  return settings;
}

function union(before: readonly string[] = [], added: readonly string[] = []): readonly string[] {
  return [...new Set([...before, ...added])];
}

interface LoadedAuthority {
  readonly certPem: string;
  readonly item: TrustItem;
  /** Throws TrustError when its key isn't here. */
  readonly sign: () => CertificateAuthority;
}

/** The key may be kept elsewhere between runs: it's needed only when something has to be signed. */
async function ensureAuthority(directory: string, nowMs: number): Promise<LoadedAuthority> {
  const folder = join(directory, 'authority');
  await makePrivateDirectory(folder);
  const certPem = await readOptional(join(folder, 'ca.crt'));
  const keyPem = await readOptional(join(folder, 'ca.key'));
  if (certPem === undefined) {
    const made = await createCertificateAuthority('flotilla-ca', nowMs);
    await writePair(folder, 'ca', made.keyPair);
    return { certPem: made.keyPair.certPem, item: authorityItem(made.keyPair.certPem, 'made'), sign: () => made };
  }
  if (!isUsable({ certPem, keyPem: keyPem ?? '' }, { caPem: certPem, untilMs: nowMs }) && keyPem !== undefined) {
    throw new TrustError(
      `${join(folder, 'ca.crt')} and ca.key do not belong together, or have ended: put the right ones back, or choose another directory`,
    );
  }
  const loaded = keyPem === undefined ? undefined : await loadCertificateAuthority({ certPem, keyPem }, nowMs);
  return {
    certPem,
    item: authorityItem(certPem, 'kept'),
    sign() {
      if (loaded !== undefined) return loaded;
      throw new TrustError(
        `something has to be signed, and ${join(folder, 'ca.key')} is not there: put it back for this run`,
      );
    },
  };
}

function authorityItem(certPem: string, state: TrustItem['state']): TrustItem {
  return { name: 'authority', path: join('authority', 'ca.crt'), state, endsAtMs: endOf(certPem) };
}

async function ensurePair(
  { directory, nowMs, renew = [] }: TrustOptions,
  wanted: IssuedPair,
  authority: LoadedAuthority,
): Promise<TrustItem> {
  const folder = join(directory, wanted.folder);
  await makePrivateDirectory(folder);
  const caPem = authority.certPem;
  await replaceIfOther(join(folder, 'ca.crt'), caPem, publicMode);
  const existing = await readPair(folder, wanted.file);
  const fault = faultOf(existing, wanted, { caPem, nowMs, renewBeforeMs });
  const reason = fault ?? (renew.includes(wanted.name) ? 'asked for' : undefined);
  const pair = reason === undefined && existing !== undefined ? existing : await wanted.issue(authority.sign());
  if (pair !== existing) await writePair(folder, wanted.file, pair);
  // MongoDB and its clients read both from one file. Written after them, and compared each time: it's never older for long.
  if (speaksMongo.has(wanted.name))
    await replaceIfOther(join(folder, 'tls.pem'), pair.certPem + pair.keyPem, privateMode);
  const path = join(wanted.folder, `${wanted.file}.crt`);
  const endsAtMs = endOf(pair.certPem);
  if (reason === undefined) return { name: wanted.name, path, state: 'kept', endsAtMs };
  return reason === 'missing'
    ? { name: wanted.name, path, state: 'made', endsAtMs }
    : { name: wanted.name, path, state: 'renewed', reason, endsAtMs };
}

async function ensureOthers(directory: string, settings: Settings): Promise<readonly TrustItem[]> {
  const { natsReplicas, mountedAt = directory } = settings;
  const items: TrustItem[] = [];
  const once = async (name: string, path: string, make: () => Promise<string> | string): Promise<void> => {
    const isThere = (await readOptional(join(directory, path))) !== undefined;
    if (!isThere) await replaceFile(join(directory, path), await make(), privateMode);
    items.push({ name, path, state: isThere ? 'kept' : 'made' });
  };
  const always = async (name: string, path: string, content: string): Promise<void> => {
    items.push({ name, path, state: await replaceIfOther(join(directory, path), content, publicMode) });
  };
  await once('service account key', join('gateway', 'pki', 'service-account.key'), newSigningKey);
  await once('mongodb key', join('mongodb', 'key-file'), newMongoKeyFile);
  await always(
    'mongodb configuration',
    join('mongodb', 'mongod.conf'),
    mongodConfiguration(join(mountedAt, 'mongodb')),
  );
  await always('mongodb users', join('mongodb', 'users.js'), mongoUsersScript());
  for (const name of natsServerNames(natsReplicas)) {
    const folder = join('nats', name);
    // Files that are mounted elsewhere can't be written beside; there the data has a volume of its own.
    const dataDirectory = settings.mountedAt === undefined ? join(directory, folder, 'data') : mountedDataDirectory;
    const content = natsConfiguration({
      name,
      replicas: natsReplicas,
      directory: join(mountedAt, folder),
      dataDirectory,
    });
    // oxlint-disable-next-line no-await-in-loop
    await always(`${name} configuration`, join(folder, 'nats-server.conf'), content);
  }
  return items;
}

interface EnsuredRing {
  readonly item: TrustItem;
  readonly names: readonly string[];
  readonly warnings: readonly string[];
}

async function ensureRing({
  directory,
  rotatesEncryptionKey = false,
  dropsOldEncryptionKeys = false,
}: TrustOptions): Promise<EnsuredRing> {
  if (rotatesEncryptionKey && dropsOldEncryptionKeys) {
    throw new TrustError('old keys are needed until everything is sealed with the new one: rotate now, drop later');
  }
  const path = join(directory, keyRingFile);
  const isThere = (await readOptional(path)) !== undefined;
  await ensureKeyRing(path);
  if (isThere && rotatesEncryptionKey) await rotateKeyRing(path);
  const dropped = dropsOldEncryptionKeys ? await dropOldKeys(path) : [];
  const { names, warnings } = await loadKeyRing(path);
  const base = { name: 'encryption keys', path: keyRingFile };
  const item: TrustItem = !isThere
    ? { ...base, state: 'made' }
    : rotatesEncryptionKey
      ? { ...base, state: 'renewed', reason: 'a new key seals' }
      : dropped.length > 0
        ? { ...base, state: 'renewed', reason: `without ${dropped.join(', ')}` }
        : { ...base, state: 'kept' };
  return { item, names, warnings };
}

async function readPair(folder: string, file: string): Promise<KeyPair | undefined> {
  const certPem = await readOptional(join(folder, `${file}.crt`));
  const keyPem = await readOptional(join(folder, `${file}.key`));
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
}

/** The certificate last: one that is there has had its key before it. */
async function writePair(folder: string, file: string, { certPem, keyPem }: KeyPair): Promise<void> {
  await replaceFile(join(folder, `${file}.key`), keyPem, privateMode);
  await replaceFile(join(folder, `${file}.crt`), certPem, publicMode);
}

async function replaceIfOther(path: string, content: string, mode: number): Promise<TrustItem['state']> {
  const before = await readOptional(path);
  if (before === content) return 'kept';
  await replaceFile(path, content, mode);
  return before === undefined ? 'made' : 'renewed';
}

function endOf(certPem: string): number {
  return Date.parse(new X509Certificate(certPem).validTo);
}

const generateKeys = promisify(generateKeyPair);

async function newSigningKey(): Promise<string> {
  const { privateKey } = await generateKeys('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
