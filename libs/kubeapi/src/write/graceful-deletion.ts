import type { KubeObject } from '@flotilla/kinds/kube-object';

interface PodFacts {
  readonly spec?: { readonly nodeName?: string; readonly terminationGracePeriodSeconds?: number };
  readonly status?: { readonly phase?: string };
}

/** Seconds until an object may go. Only pods that run somewhere get any: their node has to stop them first. */
export function graceSeconds(object: KubeObject, requested: number | undefined): number {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return 0;
  const { spec, status } = object as KubeObject & PodFacts;
  if (spec?.nodeName === undefined || spec.nodeName === '') return 0;
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
  return Math.max(0, requested ?? spec.terminationGracePeriodSeconds ?? 30);
}
