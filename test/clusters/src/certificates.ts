// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs the polyfill to be loaded before it
import 'reflect-metadata';

import { KeyObject, randomBytes, webcrypto } from 'node:crypto';

import * as x509 from '@peculiar/x509';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** What a member cluster needs to serve and to be administered; all certificates are signed by its own authority. */
export interface MemberCertificates {
  readonly authority: KeyPair;
  readonly serving: KeyPair;
  /** Client certificate in the group `system:masters`. */
  readonly admin: KeyPair;
  /** Signs service account tokens. */
  readonly serviceAccountKeyPem: string;
  /** Verifies service account tokens. */
  readonly serviceAccountPublicKeyPem: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const CLOCK_SKEW_MS = 3_600_000;
const LIFETIME_MS = 30 * 86_400_000;
const SERIAL_BYTES = 16;

/** Makes a fresh authority for the cluster and everything signed by it, valid for a month for 127.0.0.1. */
export async function createMemberCertificates(clusterName: string): Promise<MemberCertificates> {
  const authority = await createAuthority(`${clusterName}-ca`);
  const serving = await issue(authority, {
    subject: 'CN=kube-apiserver',
    usage: x509.ExtendedKeyUsage.serverAuth,
    alternativeNames: [
      { type: 'ip', value: '127.0.0.1' },
      { type: 'dns', value: 'localhost' },
      { type: 'dns', value: 'kubernetes.default.svc' },
    ],
  });
  const admin = await issue(authority, {
    subject: 'O=system:masters, CN=admin',
    usage: x509.ExtendedKeyUsage.clientAuth,
  });
  const serviceAccountKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  return {
    authority: { certificatePem: authority.certificate.toString('pem'), keyPem: keyPem(authority.keys.privateKey) },
    serving,
    admin,
    serviceAccountKeyPem: keyPem(serviceAccountKeys.privateKey),
    serviceAccountPublicKeyPem: publicKeyPem(serviceAccountKeys.publicKey),
  };
}

interface Authority {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

interface LeafRequest {
  readonly subject: string;
  readonly usage: x509.ExtendedKeyUsage;
  readonly alternativeNames?: x509.JsonGeneralNames;
}

async function issue(authority: Authority, request: LeafRequest): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([request.usage]),
    await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
  ];
  if (request.alternativeNames !== undefined) {
    extensions.push(new x509.SubjectAlternativeNameExtension(request.alternativeNames));
  }
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject: request.subject,
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions,
  });
  return { certificatePem: certificate.toString('pem'), keyPem: keyPem(keys.privateKey) };
}

function validity(): { serialNumber: string; notBefore: Date; notAfter: Date } {
  const nowMs = Date.now();
  return {
    serialNumber: randomBytes(SERIAL_BYTES).toString('hex'),
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(nowMs + LIFETIME_MS),
  };
}

function keyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}

function publicKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'spki', format: 'pem' }).toString();
}
