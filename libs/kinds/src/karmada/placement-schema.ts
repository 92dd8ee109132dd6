/** Schemas of where and how a workload is placed: shared by policies, overrides and bindings. */
import { flag, int32, int64, list, object, oneOf, text } from '../schema-builder.ts';
import { labelSelectorSchema, tolerationSchema } from './core-schema.ts';

const clusterFieldSelectorSchema = object(
  'Selects clusters by provider, region and zone; all conditions must hold.',
  {},
  {
    matchExpressions: list(
      object(
        'One condition on a field of the cluster.',
        {
          key: text('Field: provider, region or zone.'),
          operator: text('In or NotIn. For zone: In = shares a zone with the values, NotIn = shares none.'),
        },
        { values: list(text('Value.'), 'Values to compare with.', { 'x-kubernetes-list-type': 'atomic' }) },
      ),
      'Conditions; all must hold.',
    ),
  },
);

const clusterAffinityFields = {
  labelSelector: labelSelectorSchema,
  fieldSelector: clusterFieldSelectorSchema,
  clusterNames: list(text('Cluster name.'), 'Clusters to choose from; empty means every cluster.'),
  exclude: list(text('Cluster name.'), 'Clusters that are never chosen; wins over everything else.'),
};

export const clusterAffinitySchema = object(
  'Clusters that satisfy all of the given conditions; without conditions every cluster.',
  {},
  clusterAffinityFields,
);

const affinityName = text('Name of the group, unique within the placement.', { minLength: 1, maxLength: 32 });

export const clusterAffinityTermSchema = object(
  'One group of clusters. Groups are tried in order until one can run the workload.',
  { affinityName },
  {
    ...clusterAffinityFields,
    overflowAffinities: list(
      object('A further tier of clusters.', { affinityName }, clusterAffinityFields),
      'Tiers that take, in order, the replicas for which the group lacks capacity.',
    ),
  },
);

export const spreadConstraintSchema = object(
  'How many groups of clusters a workload is spread over.',
  {},
  {
    spreadByField: oneOf(
      ['cluster', 'region', 'zone', 'provider'],
      'Cluster field to group by. Not with spreadByLabel.',
    ),
    spreadByLabel: text('Cluster label key to group by. Not with spreadByField.'),
    minGroups: int32('Fewest groups to choose.'),
    maxGroups: int32('Most groups to choose; unset means no limit.'),
  },
);

export const clusterPreferencesSchema = object(
  'Weights for dividing replicas.',
  {},
  {
    staticWeightList: list(
      object('Weight of some clusters.', {
        targetCluster: clusterAffinitySchema,
        weight: int64('Weight of each of these clusters, at least 1.', { minimum: 1 }),
      }),
      'Fixed weights. A cluster in several rules has the largest weight; one in none gets no replicas.',
    ),
    dynamicWeight: oneOf(
      ['AvailableReplicas'],
      'Weights computed at scheduling time: AvailableReplicas weighs by how many replicas would fit. Wins over staticWeightList.',
    ),
  },
);

export const replicaSchedulingSchema = object(
  'How replicas are given to clusters.',
  {},
  {
    replicaSchedulingType: oneOf(
      ['Duplicated', 'Divided'],
      'Duplicated: every cluster gets all replicas. Divided: replicas are shared out.',
      { default: 'Divided' },
    ),
    replicaDivisionPreference: oneOf(
      ['Aggregated', 'Weighted'],
      'With Divided. Aggregated: as few clusters as capacity allows. Weighted: by weightPreference.',
    ),
    weightPreference: clusterPreferencesSchema,
  },
);

const workloadAffinityTermSchema = object('Groups workloads by a label of their template.', {
  groupByLabelKey: text('Label key; workloads of the namespace with the same value form a group.'),
});

export const placementSchema = object(
  'Where a workload may run and how it is shared out.',
  {},
  {
    clusterAffinity: clusterAffinitySchema,
    clusterAffinities: list(
      clusterAffinityTermSchema,
      'Groups of clusters in order of preference. Not together with clusterAffinity.',
    ),
    clusterTolerations: list(tolerationSchema, 'Cluster taints that are accepted.'),
    spreadConstraints: list(spreadConstraintSchema, 'Limits on how many groups of clusters are used.'),
    replicaScheduling: replicaSchedulingSchema,
    workloadAffinity: object(
      'Keeps workloads together or apart; both rules are hard.',
      {},
      { affinity: workloadAffinityTermSchema, antiAffinity: workloadAffinityTermSchema },
    ),
  },
);

const clusterNamesList = list(text('Cluster name.'), 'Clusters concerned.');

export const suspensionFields = {
  dispatching: flag('True: changes are sent to no cluster.'),
  dispatchingOnClusters: object(
    'Changes are not sent to these clusters. Not together with dispatching.',
    {},
    { clusterNames: clusterNamesList },
  ),
};
