/** One object in a member: what it is and under which paths its API serves it. */
export interface ObjectTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Path of the resource over all namespaces: what an informer lists and watches. */
export function resourcePath(apiVersion: string, resource: string): string {
  return `${groupPath(apiVersion)}/${resource}`;
}

/** Path where such objects are created. */
export function collectionPath(target: ObjectTarget): string {
  const scope = target.namespace === '' ? '' : `/namespaces/${target.namespace}`;
  return `${groupPath(target.apiVersion)}${scope}/${target.resource}`;
}

export function objectPath(target: ObjectTarget): string {
  return `${collectionPath(target)}/${encodeURIComponent(target.name)}`;
}

/** Identity within one member; the version is left out on purpose: it is the same object in all versions. */
export function targetKey(target: ObjectTarget): string {
  return objectKey(resourceKey(target.apiVersion, target.resource), target.namespace, target.name);
}

export function resourceKey(apiVersion: string, resource: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? resource : `${resource}.${apiVersion.slice(0, slash)}`;
}

export function objectKey(resource: string, namespace: string, name: string): string {
  return `${resource}/${namespace}/${name}`;
}

function groupPath(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
