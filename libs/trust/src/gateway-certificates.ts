/** What the certificates of the Kubernetes endpoint say, whoever makes them: the gateway itself at its first start, or `flotilla init`. */
import { isIP } from 'node:net';

import type { ClientRequest, ServingRequest } from '@flotilla/kubeapi/pki/certificate-authority';

/** The administrator: RBAC lets its group do everything. */
export const gatewayAdmin = { userName: 'flotilla-admin', groups: ['system:masters'] } as const satisfies ClientRequest;

export const gatewayCommonName = 'flotilla-gateway';

/** `names` are DNS names and addresses. */
export function gatewayServing(names: readonly string[]): ServingRequest {
  return {
    commonName: gatewayCommonName,
    dnsNames: names.filter((name) => isIP(name) === 0),
    ipAddresses: names.filter((name) => isIP(name) !== 0),
  };
}
