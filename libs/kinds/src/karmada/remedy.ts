/** Schema and types of `remedy.karmada.io/v1alpha1` Remedy: actions that a cluster's conditions call for. */
import { list, object, oneOf, text, type ValueOf } from '../schema-builder.ts';
import type { ObjectWithSpec } from './karmada-object.ts';

export const remedySpecSchema = object(
  'Which conditions of which clusters call for which actions.',
  {},
  {
    clusterAffinity: object(
      'Clusters concerned; absent means all.',
      {},
      {
        clusterNames: list(text('Cluster name.'), 'Names of the clusters.'),
      },
    ),
    decisionMatches: list(
      object(
        'One reason to act.',
        {},
        {
          clusterConditionMatch: object('Condition of the cluster to look at.', {
            conditionType: text('Type of the condition, e.g. ServiceDomainNameResolutionReady.'),
            operator: oneOf(['Equal', 'NotEqual'], 'How the status is compared.'),
            conditionStatus: text('Status to compare with.'),
          }),
        },
      ),
      'Reasons to act; one suffices. Absent: act at once.',
    ),
    actions: list(text('Action, e.g. TrafficControl.'), 'Actions to take.'),
  },
);

export type RemedySpec = ValueOf<typeof remedySpecSchema>;
export type Remedy = ObjectWithSpec<'Remedy', RemedySpec>;
