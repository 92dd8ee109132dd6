/** Types of group `work.karmada.io`, derived from the schemas beside this file. */
import type { ValueOf } from '../schema-builder.ts';
import type { ObjectWithStatus } from './karmada-object.ts';
import type {
  aggregatedStatusItemSchema,
  bindingSpecSchema,
  bindingStatusSchema,
  componentSchema,
  gracefulEvictionTaskSchema,
  healthSchema,
  objectReferenceSchema,
  replicaRequirementsSchema,
  targetClusterSchema,
  workSpecSchema,
  workStatusSchema,
} from './work-schema.ts';

/** The template that a binding is about. */
export type ObjectReference = ValueOf<typeof objectReferenceSchema>;
export type TargetCluster = ValueOf<typeof targetClusterSchema>;
export type ReplicaRequirements = ValueOf<typeof replicaRequirementsSchema>;
export type NodeClaim = NonNullable<ReplicaRequirements['nodeClaim']>;
export type Component = ValueOf<typeof componentSchema>;
export type GracefulEvictionTask = ValueOf<typeof gracefulEvictionTaskSchema>;
export type ResourceBindingSpec = ValueOf<typeof bindingSpecSchema>;
export type BindingSnapshot = NonNullable<ResourceBindingSpec['requiredBy']>[number];
export type BindingSuspension = NonNullable<ResourceBindingSpec['suspension']>;
export type ResourceHealth = ValueOf<typeof healthSchema>;
export type AggregatedStatusItem = ValueOf<typeof aggregatedStatusItemSchema>;
export type ResourceBindingStatus = ValueOf<typeof bindingStatusSchema>;

export type ResourceBinding = ObjectWithStatus<'ResourceBinding', ResourceBindingSpec, ResourceBindingStatus>;
export type ClusterResourceBinding = ObjectWithStatus<
  'ClusterResourceBinding',
  ResourceBindingSpec,
  ResourceBindingStatus
>;

export type WorkSpec = ValueOf<typeof workSpecSchema>;
export type WorkStatus = ValueOf<typeof workStatusSchema>;
export type ManifestStatus = NonNullable<WorkStatus['manifestStatuses']>[number];
export type Work = ObjectWithStatus<'Work', WorkSpec, WorkStatus>;
