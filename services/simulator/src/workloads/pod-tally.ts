import type { StoredObject } from '@flotilla/store/object-store';
import { availableAtMs, isReady, podOf } from '../model/pod.ts';
import { earlier } from '../runner/controller.ts';

export interface PodTally {
  readonly ready: number;
  readonly available: number;
  /** When the next ready pod counts as available. */
  readonly nextAvailableAtMs: number | undefined;
}

export function tallyPods(pods: readonly StoredObject[], minReadySeconds: number, nowMs: number): PodTally {
  let ready = 0;
  let available = 0;
  let nextAvailableAtMs: number | undefined;
  for (const stored of pods) {
    const pod = podOf(stored);
    if (!isReady(pod)) continue;
    ready += 1;
    const atMs = availableAtMs(pod, minReadySeconds);
    if (atMs <= nowMs) available += 1;
    else nextAvailableAtMs = earlier(nextAvailableAtMs, atMs);
  }
  return { ready, available, nextAvailableAtMs };
}
