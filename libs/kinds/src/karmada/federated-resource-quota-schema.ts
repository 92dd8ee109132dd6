/** Schema of FederatedResourceQuota. */
import { list, object, resourceList, text } from '../schema-builder.ts';

export const quotaSpecSchema = object(
  'Limits what a namespace may use over all clusters.',
  { overall: resourceList('Most that the namespace may use in total, per resource.') },
  {
    staticAssignments: list(
      object('Limit within one cluster.', {
        clusterName: text('Name of the cluster.'),
        hard: resourceList('Most that the namespace may use in the cluster.'),
      }),
      'Limits per cluster; a ResourceQuota is kept in each of these clusters.',
    ),
  },
);

export const quotaStatusSchema = object(
  'Limits in force and what is used.',
  {},
  {
    overall: resourceList('Limits in force.'),
    overallUsed: resourceList('What is used in total.'),
    aggregatedStatus: list(
      object(
        'Quota of one cluster.',
        { clusterName: text('Name of the cluster.') },
        { hard: resourceList('Limits in the cluster.'), used: resourceList('What is used in the cluster.') },
      ),
      'Quota per cluster.',
    ),
  },
);
