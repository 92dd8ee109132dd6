import type { ClusterView } from '../runner/cluster-view.ts';
import { podOf } from '../model/pod.ts';

/** Gives each pod an address of its node's range that no other pod there has. One for each round. */
export interface PodAddresses {
  /** undefined: the range is used up. */
  take(nodeName: string, podCidr: string): string | undefined;
}

interface Range {
  readonly base: number;
  /** Addresses that pods may have: without the network's, the gateway's and the last one. */
  readonly count: number;
  readonly used: Set<string>;
  /** Where the search goes on: addresses are given out densely, so behind as many as are taken. */
  next: number;
}

export function openPodAddresses(view: ClusterView): PodAddresses {
  const ranges = new Map<string, Range>();

  function rangeOf(nodeName: string, podCidr: string): Range {
    const known = ranges.get(nodeName);
    if (known !== undefined) return known;
    const [address = '', prefix = '24'] = podCidr.split('/');
    const used = new Set<string>();
    for (const pod of view.podsOnNode(nodeName)) {
      const ip = podOf(pod).status?.podIP;
      if (ip !== undefined) used.add(ip);
    }
    const base = parseAddress(address) + 2;
    const range = { base, count: 2 ** (32 - Number(prefix)) - 3, used, next: used.size };
    ranges.set(nodeName, range);
    return range;
  }

  return {
    take(nodeName, podCidr) {
      const range = rangeOf(nodeName, podCidr);
      if (range.used.size >= range.count) return undefined;
      for (;;) {
        const ip = formatAddress(range.base + (range.next % range.count));
        range.next += 1;
        if (range.used.has(ip)) continue;
        range.used.add(ip);
        return ip;
      }
    },
  };
}

export function parseAddress(text: string): number {
  return text.split('.').reduce((address, part) => address * 256 + Number(part), 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}
