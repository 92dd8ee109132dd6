import type { KindDefinition, KindRegistry } from '@flotilla/kinds/kind-definition';
import { formatApiVersion } from '@flotilla/kinds/kube-object';
import { createHash } from 'node:crypto';

/** A subresource as discovery shows it. */
export interface DiscoveredSubresource {
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly kind: string;
  readonly responseGroup?: string;
  readonly responseVersion?: string;
  readonly verbs: readonly string[];
}

interface DiscoveredResource {
  readonly definition: KindDefinition;
  readonly subresources: readonly DiscoveredSubresource[];
}

/** Everything discovery answers with, serialised; made anew when kinds come or go. */
export interface Discovery {
  /** Body for `/api`, `/apis`, a group or a group version; undefined when there is no such thing. */
  document(isLegacy: boolean, group: string, version: string): string | undefined;
  aggregated(isLegacy: boolean, version: 'v2' | 'v2beta1'): { readonly body: string; readonly etag: string };
}

export function createDiscovery(
  kinds: KindRegistry,
  extra: readonly DiscoveredSubresource[],
  serverAddress: () => string,
): Discovery {
  let documents = new Map<string, string | undefined>();
  let groups: GroupTable | undefined;
  kinds.onChange(() => {
    documents = new Map();
    groups = undefined;
  });
  const table = (): GroupTable => (groups ??= groupKinds(kinds, extra));
  const cached = (key: string, make: () => unknown): string | undefined => {
    if (!documents.has(key)) {
      const value = make();
      documents.set(key, value === undefined ? undefined : JSON.stringify(value));
    }
    return documents.get(key);
  };
  return {
    document(isLegacy, group, version) {
      if (isLegacy && version === '') return JSON.stringify(apiVersions(serverAddress()));
      // Unknown names aren't remembered: the cache would grow with every guess.
      if (!isLegacy && group === '') return cached('/apis', () => groupList(table()));
      const versions = table().get(group);
      if (versions === undefined || (version !== '' && !versions.has(version))) return undefined;
      if (version === '')
        return cached(`/apis/${group}`, () => ({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group, versions) }));
      return cached(`/apis/${group}/${version}`, () => resourceList(group, version, versions.get(version) ?? []));
    },
    aggregated(isLegacy, version) {
      const body = cached(`aggregated ${isLegacy} ${version}`, () => aggregate(table(), isLegacy, version)) ?? '';
      const etag = createHash('sha512').update(body).digest('hex').toUpperCase();
      return { body, etag: `"${etag}"` };
    },
  };
}

/** group → version → resources; the preferred version of a group comes first. */
type GroupTable = ReadonlyMap<string, ReadonlyMap<string, readonly DiscoveredResource[]>>;

function groupKinds(kinds: KindRegistry, extra: readonly DiscoveredSubresource[]): GroupTable {
  const table = new Map<string, Map<string, DiscoveredResource[]>>();
  for (const definition of kinds.all().toSorted((a, b) => (a.plural < b.plural ? -1 : 1))) {
    const versions = table.get(definition.group) ?? new Map<string, DiscoveredResource[]>();
    table.set(definition.group, versions);
    const resources = versions.get(definition.version) ?? [];
    versions.set(definition.version, resources);
    resources.push({ definition, subresources: subresourcesOf(definition, extra) });
  }
  for (const [group, versions] of table)
    table.set(group, new Map([...versions].toSorted(([a], [b]) => compareVersions(a, b))));
  return table;
}

/** Newest stable first, then beta, then alpha: the order that Kubernetes prefers versions in. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [versionRank(a), versionRank(b)];
  for (let at = 0; at < left.length; at += 1) {
    const difference = (right[at] ?? 0) - (left[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function versionRank(version: string): readonly [number, number, number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [-1, 0, 0];
  const stage = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
}

function subresourcesOf(definition: KindDefinition, extra: readonly DiscoveredSubresource[]): DiscoveredSubresource[] {
  const { group, plural, kind, subresources } = definition;
  const found: DiscoveredSubresource[] = [];
  const verbs = ['get', 'patch', 'update'];
  if (subresources.scale !== undefined) {
    found.push({
      group,
      resource: plural,
      subresource: 'scale',
      kind: 'Scale',
      responseGroup: 'autoscaling',
      responseVersion: 'v1',
      verbs,
    });
  }
  if (subresources.status === true) found.push({ group, resource: plural, subresource: 'status', kind, verbs });
  found.push(...extra.filter((one) => one.group === group && one.resource === plural));
  return found.toSorted((a, b) => (a.subresource < b.subresource ? -1 : 1));
}

function apiVersions(serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

function apiGroup(group: string, versions: ReadonlyMap<string, unknown>): object {
  const all = [...versions.keys()].map((version) => ({ groupVersion: formatApiVersion(group, version), version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

function groupList(table: GroupTable): object {
  const groups = [...table].filter(([group]) => group !== '').map(([group, versions]) => apiGroup(group, versions));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

function resourceList(group: string, version: string, resources: readonly DiscoveredResource[]): object {
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: formatApiVersion(group, version),
    resources: resources.flatMap(({ definition, subresources }) => [
      {
        name: definition.plural,
        singularName: definition.singular,
        namespaced: definition.isNamespaced,
        kind: definition.kind,
        verbs: definition.verbs,
        ...(definition.shortNames.length === 0 ? {} : { shortNames: definition.shortNames }),
        ...(definition.categories.length === 0 ? {} : { categories: definition.categories }),
        storageVersionHash: storageHash(definition),
      },
      ...subresources.map((one) => ({
        name: `${definition.plural}/${one.subresource}`,
        singularName: '',
        namespaced: definition.isNamespaced,
        ...(one.responseGroup === undefined ? {} : { group: one.responseGroup }),
        ...(one.responseVersion === undefined ? {} : { version: one.responseVersion }),
        kind: one.kind,
        verbs: one.verbs,
      })),
    ]),
  };
}

function storageHash({ group, version, kind }: KindDefinition): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function aggregate(table: GroupTable, isLegacy: boolean, version: 'v2' | 'v2beta1'): object {
  const groups = [...table].filter(([group]) => (group === '') === isLegacy);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(([group, versions]) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
      versions: [...versions].map(([name, resources]) => ({
        version: name,
        resources: resources.map((resource) => aggregatedResource(resource)),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResource({ definition, subresources }: DiscoveredResource): object {
  const { group, version, kind } = definition;
  return {
    resource: definition.plural,
    responseKind: { group, version, kind },
    scope: definition.isNamespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: definition.verbs,
    ...(definition.shortNames.length === 0 ? {} : { shortNames: definition.shortNames }),
    ...(definition.categories.length === 0 ? {} : { categories: definition.categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((one) => ({
            subresource: one.subresource,
            responseKind: {
              group: one.responseGroup ?? group,
              version: one.responseVersion ?? version,
              kind: one.kind,
            },
            verbs: one.verbs,
          })),
        }),
  };
}
