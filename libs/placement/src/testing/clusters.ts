import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import type { Workload } from '../workload.ts';

export interface ClusterOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly provider?: string;
  readonly region?: string;
  readonly zones?: readonly string[];
  readonly pods?: number;
  readonly taints?: readonly {
    readonly key: string;
    readonly value?: string;
    readonly effect: 'NoSchedule' | 'NoExecute';
  }[];
  readonly kinds?: readonly string[];
  readonly spec?: Partial<Cluster['spec']>;
  readonly summary?: NonNullable<Cluster['status']>['resourceSummary'];
}

/** A cluster that serves apps/v1 Deployments and has room for `pods` pods (default 10). */
export function aCluster(name: string, options: ClusterOptions = {}): Cluster {
  const { labels = {}, provider, region, zones, pods = 10, taints, kinds = ['Deployment'], spec, summary } = options;
  return {
    apiVersion: 'cluster.karmada.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name, labels },
    spec: {
      syncMode: 'Push',
      ...(provider === undefined ? {} : { provider }),
      ...(region === undefined ? {} : { region }),
      ...(zones === undefined ? {} : { zones }),
      ...(taints === undefined ? {} : { taints }),
      ...spec,
    },
    status: {
      apiEnablements: [
        { groupVersion: 'apps/v1', resources: kinds.map((kind) => ({ name: `${kind.toLowerCase()}s`, kind })) },
      ],
      resourceSummary: summary ?? { allocatable: { pods: String(pods) } },
    },
  };
}

export function aWorkload(fields: Partial<Workload> = {}): Workload {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    uid: '',
    replicas: 1,
    current: [],
    ...fields,
  };
}
