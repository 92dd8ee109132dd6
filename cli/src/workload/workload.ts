/** All that is known about one template, as read from the control plane. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { ClusterOverridePolicy, OverridePolicy } from '@flotilla/kinds/karmada/policy';
import type { ClusterResourceBinding, ResourceBinding } from '@flotilla/kinds/karmada/work';
import type { KubeObject } from '@flotilla/kinds/kube-object';

import type { ServedKind } from '../discovery.ts';

export type Binding = ResourceBinding | ClusterResourceBinding;

export interface Workload {
  readonly kind: ServedKind;
  readonly template: KubeObject;
  readonly binding: Binding | undefined;
}

/** What is needed besides to say how it is in each cluster. */
export interface Fleet {
  readonly clusters: readonly Cluster[];
  readonly overrides: readonly (OverridePolicy | ClusterOverridePolicy)[];
}
