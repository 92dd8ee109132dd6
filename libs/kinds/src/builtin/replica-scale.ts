import type { ScaleSubresource } from '../kind-definition.ts';

/** Where the built-in kinds with replicas keep them. */
export const replicaScale: ScaleSubresource = {
  specReplicasPath: ['spec', 'replicas'],
  statusReplicasPath: ['status', 'replicas'],
  labelSelectorPath: ['spec', 'selector'],
};
