/** Schema of `PropagationPolicy.spec` and `ClusterPropagationPolicy.spec`, and of the failover behaviour that bindings copy from it. */
import { flag, int32, list, object, oneOf, text } from '../schema-builder.ts';
import { labelSelectorSchema } from './core-schema.ts';
import { placementSchema, suspensionFields } from './placement-schema.ts';

export const resourceSelectorSchema = object(
  'Selects templates.',
  { apiVersion: text('API version of the templates.'), kind: text('Kind of the templates.') },
  {
    namespace: text('Namespace of the templates; the policy’s own when absent in a namespaced policy.'),
    name: text('Name of one template; labelSelector is then ignored.'),
    labelSelector: labelSelectorSchema,
  },
);

const statePreservationSchema = object('State that is handed over to the cluster that takes over.', {
  rules: list(
    object('One value to hand over.', {
      aliasLabelName: text('Label that carries the value on the new cluster’s object.'),
      jsonPath: text('JSONPath of the value within the object’s status, e.g. {.checkpoint}.'),
    }),
    'Values to hand over.',
  ),
});

const applicationFailoverSchema = object(
  'Moves the application away from a cluster where it stays unhealthy.',
  {
    decisionConditions: object(
      'When the application is moved.',
      {},
      {
        tolerationSeconds: int32('How long the application may be unhealthy, in seconds.', {
          default: 300,
        }),
      },
    ),
  },
  {
    purgeMode: oneOf(
      ['Directly', 'Gracefully', 'Never'],
      'What happens to the old copy. Directly: removed before the new one starts. Gracefully: removed when the new one is healthy. Never: left to people.',
      { default: 'Gracefully' },
    ),
    gracePeriodSeconds: int32('With Gracefully: longest wait for the new copy, in seconds.'),
    statePreservation: statePreservationSchema,
  },
);

export const failoverSchema = object(
  'What happens when the application or its cluster fails; nothing moves when absent.',
  {},
  {
    application: applicationFailoverSchema,
    cluster: object(
      'Moves workloads away from a failed cluster.',
      {},
      {
        purgeMode: oneOf(['Directly', 'Gracefully'], 'What happens to the old copy.', { default: 'Gracefully' }),
        statePreservation: statePreservationSchema,
      },
    ),
  },
);

export const conflictResolutionSchema = oneOf(
  ['Abort', 'Overwrite'],
  'What to do with an object that is in a member cluster already and not managed: leave it and report, or take it over.',
  { default: 'Abort' },
);

export const propagationSpecSchema = object(
  'Which templates are propagated, where and how.',
  {
    resourceSelectors: list(resourceSelectorSchema, 'Templates that the policy propagates: at least one selector.', {
      minItems: 1,
    }),
  },
  {
    association: flag('Former name of propagateDeps.'),
    propagateDeps: flag('True: what the workload refers to (ConfigMaps, Secrets, …) follows it to its clusters.'),
    placement: placementSchema,
    priority: int32('Precedence among policies that match the same template; higher wins.', { default: 0 }),
    preemption: oneOf(
      ['Always', 'Never'],
      'Always: takes over templates from policies of lower priority. Every selector must then name its template.',
      { default: 'Never' },
    ),
    dependentOverrides: list(
      text('Name of an override policy.'),
      'Override policies that must exist before this policy takes effect.',
    ),
    schedulerName: text('Scheduler that places the workloads. Immutable.', { default: 'default-scheduler' }),
    failover: failoverSchema,
    conflictResolution: conflictResolutionSchema,
    activationPreference: oneOf(
      ['', 'Lazy'],
      'Lazy: a change of the policy takes effect for a template only when the template itself changes next.',
    ),
    suspension: object('Holds back changes; status is still collected.', {}, suspensionFields),
    preserveResourcesOnDeletion: flag('True: objects stay in member clusters when their template is deleted.'),
    schedulePriority: object('Where the scheduling priority comes from.', {
      priorityClassSource: oneOf(
        ['KubePriorityClass'],
        'Kind of priority class: KubePriorityClass = scheduling.k8s.io PriorityClass of this control plane.',
      ),
      priorityClassName: text('Name of the priority class.'),
    }),
  },
);
