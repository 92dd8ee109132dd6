/** Where an object of a file lives on the server. */
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ControlPlane } from '../control-plane.ts';
import { pathOf } from '../discovery.ts';
import type { Discovery, ServedKind } from '../discovery.ts';
import { CliError, exitCodes } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { waitUntil } from '../wait-until.ts';

export interface ObjectTarget {
  readonly kind: ServedKind;
  readonly path: string;
  readonly namespace: string | undefined;
}

export interface Targeting {
  /** Rejects when the kind is not served, or the namespace contradicts the one asked for. */
  targetOf(object: KubeObject): Promise<ObjectTarget>;
  /** CustomResourceDefinitions were just applied: a kind that is not there yet may come. */
  expectNewKinds(signal: AbortSignal): void;
}

const newKindTimeoutMs = 10_000;

export function createTargeting(controlPlane: ControlPlane, requiredNamespace: string | undefined): Targeting {
  let patience: AbortSignal | undefined;

  async function kindOf({ apiVersion, kind }: KubeObject): Promise<ServedKind> {
    const found = (await controlPlane.discovery()).find(apiVersion, kind);
    if (found !== undefined) return found;
    if (patience !== undefined) {
      const come = await waitUntil(async () => (await controlPlane.rediscover()).find(apiVersion, kind), {
        timeoutMs: newKindTimeoutMs,
        signal: patience,
      });
      if (come !== undefined) return come;
    }
    throw unknownKind(await controlPlane.discovery(), apiVersion, kind);
  }

  return {
    async targetOf(object) {
      const kind = await kindOf(object);
      const { namespace, name = '' } = object.metadata;
      if (!kind.isNamespaced) return { kind, namespace: undefined, path: pathOf(kind, undefined, name) };
      if (namespace !== undefined && requiredNamespace !== undefined && namespace !== requiredNamespace) {
        throw new CliError(`it is declared in namespace ${namespace}, but -n asks for ${requiredNamespace}`, {
          hint: 'Leave -n out, or change metadata.namespace',
        });
      }
      const place = namespace ?? controlPlane.namespace;
      return { kind, namespace: place, path: pathOf(kind, place, name) };
    },
    expectNewKinds(signal) {
      patience = signal;
    },
  };
}

function unknownKind({ kinds }: Discovery, apiVersion: string, kind: string): CliError {
  const message = `the control plane serves no kind "${kind}" in "${apiVersion}"`;
  const elsewhere = kinds.find((each) => each.kind === kind);
  const exitCode = exitCodes.notFound;
  if (elsewhere !== undefined) {
    const { group, version } = elsewhere;
    return new CliError(message, {
      exitCode,
      hint: `Did you mean apiVersion: ${group === '' ? version : `${group}/${version}`}?`,
    });
  }
  const suggestion = nearest(
    kind,
    kinds.map((each) => each.kind),
  );
  return new CliError(message, {
    exitCode,
    hint:
      suggestion === undefined
        ? 'If it is a custom kind, apply its CustomResourceDefinition first'
        : `Did you mean "${suggestion}"?`,
  });
}
