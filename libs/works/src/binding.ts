import type { ClusterResourceBinding, ResourceBinding } from '@flotilla/kinds/karmada/work';

export type Binding = ResourceBinding | ClusterResourceBinding;
