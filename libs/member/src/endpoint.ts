import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { MemberEndpoint } from './member-client.ts';

/** Keys of a cluster's Secret. `token` and `caBundle` are Karmada's; client certificates are kept beside them. */
export const secretKeys = { token: 'token', ca: 'caBundle', clientCert: 'tls.crt', clientKey: 'tls.key' } as const;

/** How to reach a member; `undefined` while address or credentials are missing. */
export function endpointOf(cluster: Cluster, secret: KubeObject | undefined): MemberEndpoint | undefined {
  const { apiEndpoint, insecureSkipTLSVerification, proxyURL } = cluster.spec;
  if (apiEndpoint === undefined || apiEndpoint === '' || secret === undefined) return undefined;
  const data = (secret['data'] ?? {}) as Readonly<Record<string, string | undefined>>;
  const [bearerToken, caPem, clientCertPem, clientKeyPem] = [
    decode(data[secretKeys.token]),
    decode(data[secretKeys.ca]),
    decode(data[secretKeys.clientCert]),
    decode(data[secretKeys.clientKey]),
  ];
  return {
    cluster: cluster.metadata.name ?? '',
    url: apiEndpoint,
    ...(insecureSkipTLSVerification === true ? { insecureSkipTlsVerify: true } : {}),
    ...(proxyURL === undefined || proxyURL === '' ? {} : { proxyUrl: proxyURL }),
    ...(bearerToken === undefined ? {} : { bearerToken }),
    ...(caPem === undefined ? {} : { caPem }),
    ...(clientCertPem === undefined ? {} : { clientCertPem }),
    ...(clientKeyPem === undefined ? {} : { clientKeyPem }),
  };
}

function decode(base64: string | undefined): string | undefined {
  return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}
