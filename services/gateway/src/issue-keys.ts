import { createCertificateAuthority, loadCertificateAuthority } from '@flotilla/kubeapi/pki/certificate-authority';
import type { KeyPair } from '@flotilla/kubeapi/pki/key-pair';
import { gatewayAdmin, gatewayServing } from '@flotilla/trust/gateway-certificates';

export interface KeysRequest {
  /** Names and addresses that the gateway is reached by. */
  readonly names: readonly string[];
  readonly nowMs: number;
  /** The authority to sign with; without it, a new one is made. */
  readonly authority?: KeyPair;
}

export interface IssuedKeys {
  readonly authority: KeyPair;
  readonly serving: KeyPair;
  readonly admin: KeyPair;
}

export async function issueKeys({ names, nowMs, authority: kept }: KeysRequest): Promise<IssuedKeys> {
  const authority =
    kept === undefined
      ? await createCertificateAuthority('flotilla-ca', nowMs)
      : await loadCertificateAuthority(kept, nowMs);
  return {
    authority: authority.keyPair,
    serving: await authority.issueServing(gatewayServing(names)),
    admin: await authority.issueClient(gatewayAdmin),
  };
}
