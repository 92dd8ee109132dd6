import type { PodSpec } from './pod-types.ts';

const considered = ['cpu', 'memory'] as const;

/** Guaranteed when every container's CPU and memory limits equal its requests; best effort when nothing is asked for; else burstable. */
export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let asksForSomething = false;
  let isGuaranteed = true;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const { limits = {}, requests = {} } = container.resources ?? {};
    for (const resource of considered) {
      const limit = limits[resource];
      const request = requests[resource];
      if (isPositive(limit) || isPositive(request)) asksForSomething = true;
      if (!isPositive(limit) || (request !== undefined && request !== limit)) isGuaranteed = false;
    }
  }
  if (!asksForSomething) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function isPositive(amount: string | undefined): boolean {
  return amount !== undefined && amount !== '0';
}
