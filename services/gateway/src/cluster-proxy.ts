import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { ResourceId } from '@flotilla/kinds/kind-definition';
import type { ConnectHandler } from '@flotilla/kubeapi/connect/connect-handler';
import { createMemberProxy, type ProxyTarget } from '@flotilla/kubeapi/connect/member-proxy';
import { serviceUnavailable } from '@flotilla/kubeapi/errors/api-errors';
import { endpointOf, secretKeys } from '@flotilla/member/endpoint';
import type { ObjectStore } from '@flotilla/store/object-store';

const clusters: ResourceId = { group: 'cluster.karmada.io', resource: 'clusters' };
const secrets: ResourceId = { group: '', resource: 'secrets' };

type SecretReference = Cluster['spec']['secretRef'];

/**
 * `clusters/NAME/proxy/…`: passes requests on to a member's API server in the caller's name, with the credentials of the Cluster's Secret (those of `impersonatorSecretRef` where it
 * is set). Who may use it is decided here by RBAC on the subresource, what they may do there by the member's. Answers 404 for unknown clusters, and 503 for those that are pulled by an
 * agent, have no credentials, or do not answer.
 */
export function createClusterProxy({ store }: { readonly store: ObjectStore }): ConnectHandler {
  function secretOf(reference: SecretReference): ReturnType<ObjectStore['get']> {
    return store.get(secrets, reference?.namespace ?? '', reference?.name ?? '');
  }

  function targetOf(name: string): ProxyTarget | undefined {
    const cluster = store.get(clusters, '', name)?.object as Cluster | undefined;
    if (cluster === undefined) return undefined;
    const { syncMode, secretRef, impersonatorSecretRef } = cluster.spec;
    if (syncMode === 'Pull') {
      throw serviceUnavailable(
        `cluster ${name} is in Pull mode: the control plane has no connection to its API server`,
      );
    }
    const endpoint = endpointOf(cluster, secretOf(secretRef)?.object);
    if (endpoint === undefined) {
      throw serviceUnavailable(
        `cluster ${name} has no address or no credentials: set spec.apiEndpoint and spec.secretRef`,
      );
    }
    if (endpoint.proxyUrl !== undefined && !/^https?:/.test(endpoint.proxyUrl)) {
      throw serviceUnavailable(
        `cluster ${name} is reached through ${endpoint.proxyUrl}: only http and https are supported here`,
      );
    }
    const token = tokenIn(secretOf(impersonatorSecretRef));
    if (token === undefined) return endpoint;
    const { clientCertPem: _certificate, clientKeyPem: _key, ...anonymous } = endpoint;
    return { ...anonymous, bearerToken: token };
  }

  return createMemberProxy(
    { resolve: (name) => Promise.resolve(name).then(targetOf) },
    { group: clusters.group, resource: clusters.resource },
  );
}

function tokenIn(secret: ReturnType<ObjectStore['get']>): string | undefined {
  const data = (secret?.object['data'] ?? {}) as Readonly<Record<string, string | undefined>>;
  const encoded = data[secretKeys.token];
  return encoded === undefined || encoded === '' ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
}
