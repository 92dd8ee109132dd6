// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill to be loaded before it
import 'reflect-metadata';

import { KeyObject, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { KeyPair } from './key-pair.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const clockSkewMs = 3_600_000;
const dayMs = 86_400_000;
const authorityLifetimeMs = 3650 * dayMs;
const leafLifetimeMs = 365 * dayMs;

export interface ServingRequest {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

export interface ClientRequest {
  readonly userName: string;
  readonly groups: readonly string[];
}

/** A party that both serves and calls. */
export interface PeerRequest extends ServingRequest {
  readonly organization: string;
}

/** Makes certificates (EC P-256) that this authority vouches for. */
export interface CertificateAuthority {
  readonly keyPair: KeyPair;
  issueServing(request: ServingRequest): Promise<KeyPair>;
  issueClient(request: ClientRequest): Promise<KeyPair>;
  /** For servers and clients at once. */
  issuePeer(request: PeerRequest): Promise<KeyPair>;
}

export async function createCertificateAuthority(commonName: string, nowMs: number): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(nowMs, authorityLifetimeMs),
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return authority(
    { certPem: certificate.toString('pem'), keyPem: pemOf(keys.privateKey) },
    certificate,
    keys.privateKey,
    nowMs,
  );
}

/** An authority whose certificate and key were kept. Throws when they can't be read. */
export async function loadCertificateAuthority(keyPair: KeyPair, nowMs: number): Promise<CertificateAuthority> {
  const certificate = new x509.X509Certificate(keyPair.certPem);
  const der = x509.PemConverter.decodeFirst(keyPair.keyPem);
  const key = await webcrypto.subtle.importKey('pkcs8', der, algorithm, true, ['sign']);
  return authority(keyPair, certificate, key, nowMs);
}

function authority(
  keyPair: KeyPair,
  certificate: x509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  nowMs: number,
): CertificateAuthority {
  async function issue(
    subject: x509.JsonName,
    usages: readonly x509.ExtendedKeyUsage[],
    names: x509.JsonGeneralNames,
  ): Promise<KeyPair> {
    const keys = await newKeys();
    const issued = await x509.X509CertificateGenerator.create({
      ...validity(nowMs, leafLifetimeMs),
      subject,
      issuer: certificate.subject,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([...usages]),
        await x509.AuthorityKeyIdentifierExtension.create(certificate),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    });
    return { certPem: issued.toString('pem'), keyPem: pemOf(keys.privateKey) };
  }
  return {
    keyPair,
    issueServing: ({ commonName, dnsNames, ipAddresses }) =>
      issue([{ CN: [commonName] }], [x509.ExtendedKeyUsage.serverAuth], alternativeNames(dnsNames, ipAddresses)),
    issueClient: ({ userName, groups }) =>
      issue([...groups.map((group) => ({ O: [group] })), { CN: [userName] }], [x509.ExtendedKeyUsage.clientAuth], []),
    issuePeer: ({ commonName, organization, dnsNames, ipAddresses }) =>
      issue(
        [{ O: [organization] }, { CN: [commonName] }],
        [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth],
        alternativeNames(dnsNames, ipAddresses),
      ),
  };
}

function alternativeNames(dnsNames: readonly string[], ipAddresses: readonly string[]): x509.JsonGeneralNames {
  return [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function pemOf(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function validity(nowMs: number, lifetimeMs: number): { serialNumber: string; notBefore: Date; notAfter: Date } {
  // The first bit is cleared: serial numbers are positive.
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f;
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(nowMs - clockSkewMs),
    notAfter: new Date(nowMs + lifetimeMs),
  };
}
