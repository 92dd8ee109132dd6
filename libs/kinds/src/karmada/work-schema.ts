/** Schemas of group `work.karmada.io`: the two bindings (v1alpha2) and Work (v1alpha1). */
import {
  anyObject,
  described,
  embeddedObject,
  flag,
  int32,
  int64,
  list,
  listMap,
  map,
  object,
  oneOf,
  resourceList,
  text,
  time,
} from '../schema-builder.ts';
import { conditionsSchema, nodeSelectorSchema, objectReferenceFields, tolerationSchema } from './core-schema.ts';
import { placementSchema, suspensionFields } from './placement-schema.ts';
import { conflictResolutionSchema, failoverSchema } from './propagation-schema.ts';

const componentReplicas = object('Replicas of one component.', {
  name: text('Name of the component.'),
  replicas: int32('Replicas of the component in the cluster.'),
});

export const targetClusterSchema = object(
  'A cluster that runs the workload.',
  { name: text('Name of the cluster.') },
  {
    replicas: int32('Replicas that run there.'),
    components: list(componentReplicas, 'Replicas per component, for workloads with several.'),
  },
);

const nodeClaimSchema = object(
  'What replicas need of a node.',
  {},
  {
    hardNodeAffinity: nodeSelectorSchema,
    nodeSelector: map(text('Value.'), 'Labels that the node must have.'),
    tolerations: list(tolerationSchema, 'Node taints that replicas accept.'),
  },
);

export const replicaRequirementsSchema = object(
  'What one replica needs.',
  {},
  {
    nodeClaim: nodeClaimSchema,
    resourceRequest: resourceList('Resources that one replica requests.'),
    namespace: text('Namespace of the replicas, for quota.'),
    priorityClassName: text('Priority class of the replicas, for quota.'),
  },
);

export const componentSchema = object(
  'One of several pod templates of a workload.',
  {
    name: text('Name, unique within the workload.', { maxLength: 32 }),
    replicas: int32('Replicas in one complete set.'),
  },
  { replicaRequirements: replicaRequirementsSchema },
);

const purgeModeSchema = oneOf(
  ['Directly', 'Gracefully', 'Never', 'Immediately', 'Graciously'],
  'What happens to the copy in the cluster that is left.',
);

export const gracefulEvictionTaskSchema = object(
  'A cluster that the workload is leaving while its replacement starts.',
  {
    fromCluster: text('Cluster that the workload leaves.'),
    reason: text('Why, in CamelCase.', { maxLength: 32, pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$' }),
    producer: text('Who decided it.'),
  },
  {
    purgeMode: purgeModeSchema,
    replicas: int32('Replicas that ran there.'),
    message: text('Details for people.', { maxLength: 1024 }),
    gracePeriodSeconds: int32('Longest wait for the replacement, in seconds. Not with suppressDeletion.'),
    suppressDeletion: flag('True: the copy stays until people decide. Not with gracePeriodSeconds.'),
    preservedLabelState: map(text('Value.'), 'State that the replacement gets as labels.'),
    creationTimestamp: time('When the eviction was decided.'),
    clustersBeforeFailover: list(text('Cluster name.'), 'Clusters of the workload before it was moved.'),
  },
);

const bindingSnapshotSchema = object(
  'Another binding’s placement.',
  { name: text('Name of the workload that refers to this object.') },
  {
    namespace: text('Namespace of that workload.'),
    clusters: list(targetClusterSchema, 'Clusters of that workload.'),
  },
);

export const objectReferenceSchema = object('The template.', objectReferenceFields, {
  namespace: text('Namespace of the template.'),
  name: text('Name of the template.'),
  uid: text('UID of the template.'),
  resourceVersion: text('Revision of the template that was last looked at.'),
});

export const bindingSpecSchema = object(
  'Decision: where one template runs, and what the decision was made from.',
  { resource: objectReferenceSchema },
  {
    propagateDeps: flag('True: what the template refers to follows it.'),
    replicaRequirements: replicaRequirementsSchema,
    replicas: int32('Replicas that the template asks for.'),
    components: listMap(componentSchema, ['name'], 'Pod templates, for workloads with several.'),
    clusters: list(targetClusterSchema, 'Clusters that run the workload.'),
    placement: placementSchema,
    gracefulEvictionTasks: list(gracefulEvictionTaskSchema, 'Clusters that the workload is leaving.'),
    requiredBy: list(bindingSnapshotSchema, 'Workloads that refer to this object, with their clusters.'),
    schedulerName: text('Scheduler that places the workload.', { default: 'default-scheduler' }),
    failover: failoverSchema,
    conflictResolution: conflictResolutionSchema,
    rescheduleTriggeredAt: time('A placement made before this time is made anew from scratch.'),
    suspension: object(
      'Holds back changes or scheduling.',
      {},
      {
        ...suspensionFields,
        scheduling: flag('True: not scheduled. Only effective before the first schedule.'),
      },
    ),
    preserveResourcesOnDeletion: flag('True: objects stay in member clusters when the template is deleted.'),
    schedulePriority: object(
      'Precedence in the scheduling queue.',
      {},
      {
        priority: int32('Higher is scheduled first.', { default: 0 }),
      },
    ),
    workloadAffinityGroups: object(
      'Groups of the workload, each as key=value.',
      {},
      {
        affinityGroup: text('Workloads of the group share clusters.'),
        antiAffinityGroup: text('Workloads of the group share no cluster.'),
      },
    ),
  },
);

export const healthSchema = oneOf(['Healthy', 'Unhealthy', 'Unknown'], 'Whether the object works there.');

export const aggregatedStatusItemSchema = object(
  'State of the object in one cluster.',
  { clusterName: text('Name of the cluster.') },
  {
    status: anyObject('The status that the cluster reports, as it is.'),
    applied: flag('True: the cluster has the object as declared.'),
    appliedMessage: text('Why the object could not be applied.'),
    health: healthSchema,
  },
);

export const bindingStatusSchema = object(
  'How far the decision is carried out.',
  {},
  {
    schedulerObservedGeneration: int64('metadata.generation that the scheduler last dealt with.'),
    schedulerObservingAffinityName: text('Group of clusterAffinities in use.'),
    lastScheduledTime: time('When the workload was last placed.'),
    conditions: conditionsSchema,
    aggregatedStatus: list(aggregatedStatusItemSchema, 'State per cluster.'),
  },
);

export const workSpecSchema = object(
  'Objects for one cluster.',
  {},
  {
    workload: object(
      'What the cluster shall have.',
      {},
      {
        manifests: list(embeddedObject('One object.'), 'Objects.'),
      },
    ),
    suspendDispatching: flag('True: changes are not sent.'),
    preserveResourcesOnDeletion: flag('True: the objects stay when the Work is deleted.'),
  },
);

const resourceIdentifierSchema = object(
  'Names one object of the Work.',
  {
    ordinal: int32('Position in spec.workload.manifests.'),
    version: text('API version.'),
    kind: text('Kind.'),
    resource: text('Plural name.'),
    namespace: text('Namespace.'),
    name: text('Name.'),
  },
  { group: text('API group.') },
);

export const workStatusSchema = object(
  'How far the objects are carried out.',
  {},
  {
    conditions: conditionsSchema,
    manifestStatuses: list(
      object(
        'State of one object.',
        { identifier: resourceIdentifierSchema },
        { status: described(anyObject(''), 'The status that the cluster reports, as it is.'), health: healthSchema },
      ),
      'State per object.',
    ),
  },
);
