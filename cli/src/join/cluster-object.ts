import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import { clusterSecretNamespace } from '@flotilla/kinds/karmada/well-known';
import { clusterNameMaxLength } from '@flotilla/kinds/karmada/cluster-validation';
import { checkDnsLabel, checkLabelValue, checkQualifiedName } from '@flotilla/kinds/name-rule';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { secretKeys } from '@flotilla/member/endpoint';

import { usageError } from '../errors.ts';
import type { KubeEndpoint } from '../kube-client.ts';

export interface ClusterDescription {
  readonly provider?: string;
  readonly region?: string;
  readonly zone?: readonly string[];
  readonly label?: readonly string[];
}

/** Throws when the name cannot be a cluster's. */
export function checkClusterName(name: string): void {
  if (name.length > clusterNameMaxLength) {
    throw usageError(`the name "${name}" is too long: at most ${clusterNameMaxLength} characters`);
  }
  if (checkDnsLabel(name).length === 0) return;
  throw usageError(
    `"${name}" cannot be the name of a cluster`,
    'Use lower-case letters, digits and dashes, such as paris-1',
  );
}

/** The object that describes the member. Throws when a label or a place is not valid. */
export function clusterObject(
  name: string,
  id: string,
  endpoint: KubeEndpoint,
  description: ClusterDescription,
): Cluster & KubeObject {
  const { provider, region, zone: zones = [], label = [] } = description;
  for (const [option, value] of [
    ['--provider', provider],
    ['--region', region],
    ...zones.map((zone) => ['--zone', zone] as const),
  ] as const) {
    if (value !== undefined && checkLabelValue(value).length > 0) {
      throw usageError(
        `${option} "${value}" is not valid`,
        'Use at most 63 letters, digits, dashes, dots and underscores',
      );
    }
  }
  const labels = labelsOf(label);
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, ...(Object.keys(labels).length === 0 ? {} : { labels }) },
    spec: {
      syncMode: 'Push',
      id,
      apiEndpoint: endpoint.url,
      secretRef: { namespace: clusterSecretNamespace, name },
      ...(endpoint.insecureSkipTlsVerify === true ? { insecureSkipTLSVerification: true } : {}),
      ...(endpoint.proxyUrl === undefined ? {} : { proxyURL: endpoint.proxyUrl }),
      ...(provider === undefined ? {} : { provider }),
      ...(region === undefined ? {} : { region }),
      ...(zones.length === 0 ? {} : { zones: [...zones] }),
    },
  };
}

function labelsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      const [key, value] = [text.slice(0, equals), text.slice(equals + 1)];
      if (equals < 1 || checkQualifiedName(key).length > 0 || checkLabelValue(value).length > 0) {
        throw usageError(`--label "${text}" is not valid`, 'Write key=value, such as tier=test');
      }
      return [key, value];
    }),
  );
}

/** The credentials as the control plane keeps them. */
export function credentialsSecret(name: string, token: string, { caPem }: KubeEndpoint): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: clusterSecretNamespace },
    type: 'Opaque',
    data: { [secretKeys.token]: encode(token), ...(caPem === undefined ? {} : { [secretKeys.ca]: encode(caPem) }) },
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}
