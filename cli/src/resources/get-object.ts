import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane } from '../control-plane.ts';
import { pathOf } from '../discovery.ts';
import type { ServedKind } from '../discovery.ts';
import { CliError, exitCodes, StatusError } from '../errors.ts';

/** One named object. When it is not there, the error says in which namespaces one of that name is. */
export async function getObject(
  controlPlane: ControlPlane,
  kind: ServedKind,
  namespace: string | undefined,
  name: string,
): Promise<KubeObject> {
  try {
    return await controlPlane.client.get<KubeObject>(pathOf(kind, namespace, name));
  } catch (error) {
    throw await explained(controlPlane, kind, namespace, name, error);
  }
}

export async function explained(
  { client }: ControlPlane,
  kind: ServedKind,
  namespace: string | undefined,
  name: string,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof StatusError) || error.code !== 404) return error;
  const exitCode = exitCodes.notFound;
  if (!kind.isNamespaced) {
    return new CliError(`there is no ${kind.singular} "${name}"`, {
      exitCode,
      hint: `See: flotilla get ${kind.plural}`,
    });
  }
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
  const { items = [] } = await client.get<{ readonly items?: readonly KubeObject[] }>(
    `${pathOf(kind, undefined)}?${query.toString()}`,
  );
  const places = items.map(({ metadata }) => metadata.namespace ?? '');
  const [place] = places;
  const hint =
    place === undefined
      ? `See: flotilla get ${kind.plural} -A`
      : places.length === 1
        ? `There is one in namespace ${place}: add -n ${place}`
        : `There are some in other namespaces: add -n with one of ${places.join(', ')}`;
  return new CliError(`there is no ${kind.singular} "${name}" in namespace ${namespace ?? ''}`, { exitCode, hint });
}
