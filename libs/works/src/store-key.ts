/** `group/resource/namespace/name`: one key for everything in the store. */
export function storeKey(object: {
  readonly resource: { readonly group: string; readonly resource: string };
  readonly namespace: string;
  readonly name: string;
}): string {
  return `${object.resource.group}/${object.resource.resource}/${object.namespace}/${object.name}`;
}
