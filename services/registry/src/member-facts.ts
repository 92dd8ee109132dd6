import type { APIEnablement } from '@flotilla/kinds/karmada/cluster';
import { MemberUnreachable } from '@flotilla/member/member-client';
import type { MemberClient } from '@flotilla/member/member-client';

import type { ProbeResult } from './health.ts';

const probeTimeoutMs = 5_000;
/** A member is not trusted with more of our memory. */
const idLengthMax = 128;

/** One look at the health endpoint: /readyz, or /healthz where a server has no /readyz. Never throws for a member that is down. */
export async function probeMember(client: MemberClient, signal: AbortSignal): Promise<ProbeResult> {
  try {
    let response = await client.request({ method: 'GET', path: '/readyz', timeoutMs: probeTimeoutMs, signal });
    if (response.status === 404) {
      response = await client.request({ method: 'GET', path: '/healthz', timeoutMs: probeTimeoutMs, signal });
    }
    if (response.status === 200) return { kind: 'ready' };
    return { kind: 'not-ready', message: `${response.status} ${response.body.slice(0, 200)}`.trim() };
  } catch (error) {
    if (error instanceof MemberUnreachable) return { kind: 'unreachable', message: error.message };
    throw error;
  }
}

/** `undefined` when the member did not tell. */
export async function readVersion(client: MemberClient, signal: AbortSignal): Promise<string | undefined> {
  const version = await getJson(client, '/version', signal);
  const gitVersion = (version as { gitVersion?: unknown } | undefined)?.gitVersion;
  return typeof gitVersion === 'string' ? gitVersion.slice(0, 64) : undefined;
}

/** Where clusters of a cluster set keep their own id; the newer version first. */
const clusterProperties = ['v1beta1', 'v1alpha1'].map(
  (version) => `/apis/about.k8s.io/${version}/clusterproperties/cluster.clusterset.k8s.io`,
);

/**
 * What tells one cluster from another, whatever it is called here: its property in the cluster set (KEP-2149) if it has one, else the uid of its namespace kube-system.
 * `undefined` when the member did not tell, or could not tell whether it has the property: an id must not change with the next answer.
 */
export async function readClusterId(client: MemberClient, signal: AbortSignal): Promise<string | undefined> {
  for (const path of clusterProperties) {
    const property = await find(client, path, signal);
    if (property === 'unknown') return undefined;
    const value = (property as { spec?: { value?: unknown } } | undefined)?.spec?.value;
    if (typeof value === 'string' && value !== '') return value.slice(0, idLengthMax);
  }
  const namespace = await getJson(client, '/api/v1/namespaces/kube-system', signal);
  const uid = (namespace as { metadata?: { uid?: unknown } } | undefined)?.metadata?.uid;
  return typeof uid === 'string' ? uid.slice(0, idLengthMax) : undefined;
}

/** `undefined`: there is no such object, or none that we may read. */
async function find(client: MemberClient, path: string, signal: AbortSignal): Promise<unknown> {
  try {
    const { status, body } = await client.request({ method: 'GET', path, signal });
    if (status === 200) return JSON.parse(body) as unknown;
    return status === 404 || status === 403 ? undefined : 'unknown';
  } catch (error) {
    if (error instanceof MemberUnreachable || error instanceof SyntaxError) return 'unknown';
    throw error;
  }
}

export interface ApiEnablements {
  readonly enablements: readonly APIEnablement[];
  /** False when some group could not be read. */
  readonly isComplete: boolean;
}

interface AggregatedDiscovery {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly freshness?: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind?: string };
      }[];
    }[];
  }[];
}

const discoveryAccept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What the member serves, by aggregated discovery (Kubernetes 1.27 and newer). */
export async function readApiEnablements(
  client: MemberClient,
  signal: AbortSignal,
): Promise<ApiEnablements | undefined> {
  const documents = await Promise.all(['/api', '/apis'].map((path) => getJson(client, path, signal, discoveryAccept)));
  if (documents.some((document) => document === undefined)) return undefined;
  const enablements: APIEnablement[] = [];
  let isComplete = true;
  for (const document of documents as readonly AggregatedDiscovery[]) {
    for (const group of document.items ?? []) {
      for (const { version, freshness, resources } of group.versions ?? []) {
        if (freshness === 'Stale') isComplete = false;
        const name = group.metadata?.name ?? '';
        enablements.push({
          groupVersion: name === '' ? version : `${name}/${version}`,
          resources: (resources ?? []).map(({ resource, responseKind }) => ({
            name: resource,
            kind: responseKind?.kind ?? '',
          })),
        });
      }
    }
  }
  return { enablements: enablements.toSorted((a, b) => (a.groupVersion < b.groupVersion ? -1 : 1)), isComplete };
}

async function getJson(client: MemberClient, path: string, signal: AbortSignal, accept?: string): Promise<unknown> {
  try {
    const response = await client.request({ method: 'GET', path, signal, ...(accept === undefined ? {} : { accept }) });
    return response.status === 200 ? (JSON.parse(response.body) as unknown) : undefined;
  } catch (error) {
    if (error instanceof MemberUnreachable || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
