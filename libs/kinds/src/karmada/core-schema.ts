/** Kubernetes' own types that Karmada's kinds embed: selectors, tolerations, taints, node affinity, conditions. */
import { int64, list, listMap, map, object, oneOf, text, time, type ValueOf } from '../schema-builder.ts';

const labelSelectorFields = {
  matchLabels: map(text('Value that the label must have.'), 'Labels that must be present with exactly these values.'),
  matchExpressions: list(
    object(
      'One condition on a label.',
      {
        key: text('Label key that the condition is about.'),
        operator: oneOf(
          ['In', 'NotIn', 'Exists', 'DoesNotExist'],
          'How the label relates to the values: In, NotIn, Exists or DoesNotExist.',
        ),
      },
      {
        values: list(
          text('Label value.'),
          'Values for In and NotIn (at least one); must be empty for Exists and DoesNotExist.',
          { 'x-kubernetes-list-type': 'atomic' },
        ),
      },
    ),
    'Conditions on labels; all must hold.',
    { 'x-kubernetes-list-type': 'atomic' },
  ),
};

export const labelSelectorSchema = object('Selects by labels; all conditions must hold.', {}, labelSelectorFields, {
  'x-kubernetes-map-type': 'atomic',
});

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

export const tolerationSchema = object(
  'Accepts clusters or nodes with matching taints.',
  {},
  {
    key: text('Taint key; empty with operator Exists means every key.'),
    operator: oneOf(['Exists', 'Equal', 'Lt', 'Gt'], 'How key and value are compared; Equal when absent.'),
    value: text('Taint value for operator Equal.'),
    effect: oneOf(['', ...taintEffects], 'Taint effect that is tolerated; empty means every effect.'),
    tolerationSeconds: int64('How long a NoExecute taint is tolerated, in seconds; absent means for ever.'),
  },
);
export type Toleration = ValueOf<typeof tolerationSchema>;

export const taintSchema = object(
  'Repels workloads that do not tolerate it.',
  {
    key: text('Key of the taint.'),
    effect: oneOf(taintEffects, 'What happens to workloads that do not tolerate the taint.'),
  },
  { value: text('Value of the taint.'), timeAdded: time('When the taint was added; kept for NoExecute taints.') },
);
export type Taint = ValueOf<typeof taintSchema>;
export type TaintEffect = (typeof taintEffects)[number];

const nodeSelectorRequirements = list(
  object(
    'One condition on a node.',
    {
      key: text('Label key or field name.'),
      operator: oneOf(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'], 'How the key relates to the values.'),
    },
    { values: list(text('Value.'), 'Values to compare with.', { 'x-kubernetes-list-type': 'atomic' }) },
  ),
  'Conditions; all must hold.',
  { 'x-kubernetes-list-type': 'atomic' },
);

export const nodeSelectorSchema = object(
  'Nodes that satisfy at least one of the terms.',
  {
    nodeSelectorTerms: list(
      object(
        'One alternative: all of its conditions must hold.',
        {},
        { matchExpressions: nodeSelectorRequirements, matchFields: nodeSelectorRequirements },
        { 'x-kubernetes-map-type': 'atomic' },
      ),
      'Alternatives, of which one must hold.',
      { 'x-kubernetes-list-type': 'atomic' },
    ),
  },
  {},
  { 'x-kubernetes-map-type': 'atomic' },
);
export type NodeSelector = ValueOf<typeof nodeSelectorSchema>;

export const conditionSchema = object(
  'One aspect of the current state.',
  {
    type: text('Type of the condition, in CamelCase.'),
    status: oneOf(['True', 'False', 'Unknown'], 'Status of the condition.'),
  },
  {
    reason: text('Reason of the last transition, in CamelCase.'),
    message: text('Details for people.'),
    lastTransitionTime: time('When the status last changed.'),
    observedGeneration: int64('metadata.generation that the condition was set for.', { minimum: 0 }),
  },
);

export const conditionsSchema = listMap(conditionSchema, ['type'], 'Current state, one condition per type.');

export const objectReferenceFields = {
  apiVersion: text('API version of the object, as group/version.'),
  kind: text('Kind of the object.'),
};
