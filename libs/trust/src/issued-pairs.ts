/** Every certificate that the trust directory holds: where it is, what it has to say, and how it's made. */
import { X509Certificate } from 'node:crypto';

import type { CertificateAuthority } from '@flotilla/kubeapi/pki/certificate-authority';
import { isUsable, type KeyPair } from '@flotilla/kubeapi/pki/key-pair';
import { gatewayAdmin, gatewayCommonName, gatewayServing } from './gateway-certificates.ts';
import { administratorNames, partiesOf, type Party, type PartyOptions } from './parties.ts';

export interface IssuedPair {
  /** As given to `--renew`. */
  readonly name: string;
  readonly folder: string;
  /** Without `.crt` and `.key`. */
  readonly file: string;
  /** One attribute a line, as Node writes a subject. */
  readonly subject: string;
  /** Object identifiers of the extended key usage. */
  readonly usages: readonly string[];
  /** DNS names and addresses. */
  readonly names: readonly string[];
  readonly issue: (authority: CertificateAuthority) => Promise<KeyPair>;
}

const serverUsage = '1.3.6.1.5.5.7.3.1';
const clientUsage = '1.3.6.1.5.5.7.3.2';

export function issuedPairs(options: PartyOptions): readonly IssuedPair[] {
  const parties = partiesOf(options);
  const pairs = parties.map((party) => (isAdministrator(party) ? clientPair(party) : peerPair(party)));
  return [...pairs, ...parties.filter(({ name }) => name === 'gateway').flatMap(gatewayPairs)];
}

/** Undefined: as it should be. Otherwise why it has to be made anew. */
export function faultOf(
  pair: KeyPair | undefined,
  wanted: IssuedPair,
  { caPem, nowMs, renewBeforeMs }: { readonly caPem: string; readonly nowMs: number; readonly renewBeforeMs: number },
): string | undefined {
  if (pair === undefined) return 'missing';
  if (!isUsable(pair, { caPem, untilMs: 0 })) return 'damaged, or of another authority';
  const certificate = new X509Certificate(pair.certPem);
  if (!isUsable(pair, { caPem, untilMs: nowMs })) return 'expired';
  if (!isUsable(pair, { caPem, untilMs: nowMs + renewBeforeMs })) return 'ends soon';
  if (certificate.subject !== wanted.subject) return 'of another party';
  if (!isUsable(pair, { caPem, untilMs: nowMs, names: wanted.names })) return 'lacks a name';
  const usages: readonly string[] = certificate.keyUsage;
  return wanted.usages.every((usage) => usages.includes(usage)) ? undefined : 'of another usage';
}

function isAdministrator({ name }: Party): boolean {
  return administratorNames.some((each) => each === name);
}

function clientPair({ name, organization, folder }: Party): IssuedPair {
  return {
    name,
    folder,
    file: 'tls',
    subject: `O=${organization}\nCN=${name}`,
    usages: [clientUsage],
    names: [],
    issue: (authority) => authority.issueClient({ userName: name, groups: [organization] }),
  };
}

function peerPair({ name, organization, folder, dnsNames, ipAddresses }: Party): IssuedPair {
  return {
    name,
    folder,
    file: 'tls',
    subject: `O=${organization}\nCN=${name}`,
    usages: [serverUsage, clientUsage],
    names: [...dnsNames, ...ipAddresses],
    issue: (authority) => authority.issuePeer({ commonName: name, organization, dnsNames, ipAddresses }),
  };
}

/** What the Kubernetes endpoint is served with, and its administrator's certificate. */
function gatewayPairs({ dnsNames, ipAddresses }: Party): readonly IssuedPair[] {
  const names = [...new Set([...dnsNames, 'kubernetes.default.svc', ...ipAddresses])];
  return [
    {
      name: 'gateway-serving',
      folder: 'gateway/pki',
      file: 'serving',
      subject: `CN=${gatewayCommonName}`,
      usages: [serverUsage],
      names,
      issue: (authority) => authority.issueServing(gatewayServing(names)),
    },
    {
      name: 'gateway-admin',
      folder: 'gateway/pki',
      file: 'admin',
      subject: `O=${gatewayAdmin.groups[0]}\nCN=${gatewayAdmin.userName}`,
      usages: [clientUsage],
      names: [],
      issue: (authority) => authority.issueClient(gatewayAdmin),
    },
  ];
}
