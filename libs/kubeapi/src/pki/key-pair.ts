import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its private key. */
export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/**
 * True when the pair can be used for the time given: readable, belonging together, signed by the authority, valid for all names. Anything else is made
 * anew by the caller.
 */
export function isUsable(
  pair: KeyPair,
  options: { readonly caPem: string; readonly untilMs: number; readonly names?: readonly string[] },
): boolean {
  try {
    const certificate = new X509Certificate(pair.certPem);
    const ca = new X509Certificate(options.caPem);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.keyPem))) return false;
    if (!certificate.verify(ca.publicKey)) return false;
    if (Date.parse(certificate.validTo) < options.untilMs) return false;
    return (options.names ?? []).every((name) => coversName(certificate, name));
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function coversName(certificate: X509Certificate, name: string): boolean {
  // Each check throws for the other's kind of name.
  return isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined;
}
