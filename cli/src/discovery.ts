/** Which kinds the control plane serves, and what people call them. */
import { formatApiVersion, parseApiVersion } from '@flotilla/kinds/kube-object';

import { CliError, exitCodes } from './errors.ts';
import type { KubeClient } from './kube-client.ts';
import { nearest } from './nearest.ts';

export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  /** The version that the server would choose. */
  readonly isPreferred: boolean;
}

export interface Discovery {
  readonly kinds: readonly ServedKind[];
  /** From `deployments`, `deploy`, `Deployment`, `deployments.apps`, `deployments.v1.apps`. Throws with a suggestion. */
  resolve(text: string): ServedKind;
  /** As `resolve`, and categories such as `all` give several. */
  resolveAll(text: string): readonly ServedKind[];
  find(apiVersion: string, kind: string): ServedKind | undefined;
}

interface GroupDiscoveryList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly { readonly version: string; readonly resources?: readonly ResourceDiscovery[] }[];
  }[];
}

interface ResourceDiscovery {
  readonly resource: string;
  readonly responseKind?: { readonly kind: string };
  readonly scope: 'Namespaced' | 'Cluster';
  readonly singularResource?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly string[];
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export async function readDiscovery(client: KubeClient): Promise<Discovery> {
  const lists = await Promise.all(['/api', '/apis'].map((path) => client.get<GroupDiscoveryList>(path, accept)));
  return createDiscovery(lists.flatMap(kindsOf));
}

function kindsOf(list: GroupDiscoveryList): readonly ServedKind[] {
  return (list.items ?? []).flatMap(({ metadata, versions = [] }) =>
    versions.flatMap(({ version, resources = [] }, index) =>
      resources.map((resource) => ({
        group: metadata?.name ?? '',
        version,
        kind: resource.responseKind?.kind ?? '',
        plural: resource.resource,
        singular: resource.singularResource ?? resource.responseKind?.kind.toLowerCase() ?? '',
        shortNames: resource.shortNames ?? [],
        categories: resource.categories ?? [],
        isNamespaced: resource.scope === 'Namespaced',
        verbs: resource.verbs ?? [],
        isPreferred: index === 0,
      })),
    ),
  );
}

export function createDiscovery(kinds: readonly ServedKind[]): Discovery {
  function resolve(text: string): ServedKind {
    const found = lookUp(kinds, text);
    if (found !== undefined) return found;
    const names = kinds.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]);
    const suggestion = nearest(text.toLowerCase(), names);
    throw new CliError(`the control plane serves no kind "${text}"`, {
      exitCode: exitCodes.notFound,
      hint: suggestion === undefined ? 'See all with: flotilla get --help' : `Did you mean "${suggestion}"?`,
    });
  }
  return {
    kinds,
    resolve,
    resolveAll(text) {
      const category = kinds.filter(({ categories, isPreferred }) => isPreferred && categories.includes(text));
      return category.length > 0 ? category : [resolve(text)];
    },
    find(apiVersion, kind) {
      const { group, version } = parseApiVersion(apiVersion);
      return kinds.find((each) => each.group === group && each.version === version && each.kind === kind);
    },
  };
}

/** Order of the server: earlier groups and preferred versions win. */
function lookUp(kinds: readonly ServedKind[], text: string): ServedKind | undefined {
  const [name = '', ...rest] = text.toLowerCase().split('.');
  const named = kinds.filter(
    ({ plural, singular, shortNames, kind }) =>
      plural === name || singular === name || shortNames.includes(name) || kind.toLowerCase() === name,
  );
  const qualifier = rest.join('.');
  const matching = named.filter(
    ({ group, version }) =>
      qualifier === '' ||
      qualifier === group ||
      qualifier === `${version}.${group}` ||
      (group === '' && qualifier === version),
  );
  return matching.find(({ isPreferred }) => isPreferred) ?? matching[0];
}

/** Path of the collection, or of one object. */
export function pathOf(kind: ServedKind, namespace: string | undefined, name?: string): string {
  const base = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const scope = kind.isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${base}${scope}/${kind.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** `deployment.apps`, as kubectl names it in what it prints. */
export function shownKind({ singular, group }: Pick<ServedKind, 'singular' | 'group'>): string {
  return group === '' ? singular : `${singular}.${group}`;
}

export function apiVersionOf({ group, version }: ServedKind): string {
  return formatApiVersion(group, version);
}
