/** Schema of `ClusterTaintPolicy.spec`. */
import { list, object, oneOf, text } from '../schema-builder.ts';
import { clusterAffinitySchema } from './placement-schema.ts';

const taintConditions = (description: string) =>
  list(
    object('One condition on a status condition of the cluster; a missing condition never matches.', {
      conditionType: text('Type of the status condition, e.g. Ready.'),
      operator: oneOf(['In', 'NotIn'], 'How the condition’s status relates to the values.'),
      statusValues: list(oneOf(['True', 'False', 'Unknown'], 'Status.'), 'Statuses to compare with.'),
    }),
    description,
  );

export const clusterTaintPolicySpecSchema = object(
  'Adds and removes taints of clusters by their conditions.',
  {
    taints: list(
      object(
        'Taint to add or remove; told apart by key and effect.',
        {
          key: text('Key of the taint.'),
          effect: oneOf(['NoSchedule', 'NoExecute'], 'Effect of the taint.'),
        },
        { value: text('Value of the taint.') },
      ),
      'Taints to add or remove: at least one.',
      { minItems: 1 },
    ),
  },
  {
    targetClusters: clusterAffinitySchema,
    addOnConditions: taintConditions('The taints are added when all of these hold; never, when empty.'),
    removeOnConditions: taintConditions('The taints are removed when all of these hold; never, when empty.'),
  },
);
