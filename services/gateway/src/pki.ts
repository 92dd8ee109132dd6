import { chmod, mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isUsable, type KeyPair } from '@flotilla/kubeapi/pki/key-pair';
import { writeFileAtomically } from './atomic-file.ts';

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
const ipPattern = /^[\d.]+$|:/;

/**
 * Reads the keys from the directory, and makes those that are missing, damaged, about to end, or not valid for an address. The authority is made only
 * once: everybody who trusts it would have to be told of another.
 */
export async function loadPki({ directory, names, nowMs }: PkiOptions): Promise<Pki> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
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

/** The certificate library is loaded only when something has to be made. */
async function issue(
  directory: string,
  names: readonly string[],
  nowMs: number,
  kept: KeyPair | undefined,
): Promise<Pki> {
  const { createCertificateAuthority, loadCertificateAuthority } =
    await import('@flotilla/kubeapi/pki/certificate-authority');
  const isKept = kept !== undefined && isUsable(kept, { caPem: kept.certPem, untilMs: nowMs });
  const authority = isKept
    ? await loadCertificateAuthority(kept, nowMs)
    : await createCertificateAuthority('flotilla-ca', nowMs);
  const serving = await authority.issueServing({
    commonName: 'flotilla-gateway',
    dnsNames: names.filter((name) => !ipPattern.test(name)),
    ipAddresses: names.filter((name) => ipPattern.test(name)),
  });
  const admin = await authority.issueClient({ userName: 'flotilla-admin', groups: ['system:masters'] });
  const keptKey = await readOptional(join(directory, 'service-account.key'));
  const serviceAccountKeyPem = keptKey ?? (await newSigningKey());
  await writePair(directory, 'ca', authority.keyPair);
  await writePair(directory, 'serving', serving);
  await writePair(directory, 'admin', admin);
  await writeFileAtomically(join(directory, 'service-account.key'), serviceAccountKeyPem, 0o600);
  return { caCertPem: authority.keyPair.certPem, serving, admin, serviceAccountKeyPem };
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
  await writeFileAtomically(join(directory, `${name}.key`), pair.keyPem, 0o600);
  await writeFileAtomically(join(directory, `${name}.crt`), pair.certPem, 0o644);
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
