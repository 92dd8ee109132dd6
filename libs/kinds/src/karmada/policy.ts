/** Types of group `policy.karmada.io/v1alpha1`, derived from the schemas beside this file. */
import type { ValueOf } from '../schema-builder.ts';
import type { ObjectWithSpec, ObjectWithStatus } from './karmada-object.ts';
import type {
  clusterAffinitySchema,
  clusterAffinityTermSchema,
  clusterPreferencesSchema,
  placementSchema,
  replicaSchedulingSchema,
  spreadConstraintSchema,
} from './placement-schema.ts';
import type { failoverSchema, propagationSpecSchema, resourceSelectorSchema } from './propagation-schema.ts';
import type {
  fieldOverriderSchema,
  imageOverriderSchema,
  overridersSchema,
  overrideSpecSchema,
  plaintextOverriderSchema,
  ruleWithClusterSchema,
} from './override-schema.ts';
import type { clusterTaintPolicySpecSchema } from './cluster-taint-policy-schema.ts';
import type { quotaSpecSchema, quotaStatusSchema } from './federated-resource-quota-schema.ts';

export type ClusterAffinity = ValueOf<typeof clusterAffinitySchema>;
export type ClusterAffinityTerm = ValueOf<typeof clusterAffinityTermSchema>;
export type OverflowAffinity = NonNullable<ClusterAffinityTerm['overflowAffinities']>[number];
export type ClusterFieldSelector = NonNullable<ClusterAffinity['fieldSelector']>;
export type Placement = ValueOf<typeof placementSchema>;
export type SpreadConstraint = ValueOf<typeof spreadConstraintSchema>;
export type SpreadByField = NonNullable<SpreadConstraint['spreadByField']>;
export type ReplicaScheduling = ValueOf<typeof replicaSchedulingSchema>;
export type ClusterPreferences = ValueOf<typeof clusterPreferencesSchema>;
export type StaticClusterWeight = NonNullable<ClusterPreferences['staticWeightList']>[number];
export type WorkloadAffinity = NonNullable<Placement['workloadAffinity']>;

export type ResourceSelector = ValueOf<typeof resourceSelectorSchema>;
export type PropagationSpec = ValueOf<typeof propagationSpecSchema>;
export type FailoverBehavior = ValueOf<typeof failoverSchema>;
export type ApplicationFailover = NonNullable<FailoverBehavior['application']>;
export type StatePreservation = NonNullable<ApplicationFailover['statePreservation']>;
export type PurgeMode = NonNullable<ApplicationFailover['purgeMode']>;
export type ConflictResolution = NonNullable<PropagationSpec['conflictResolution']>;
export type Suspension = NonNullable<PropagationSpec['suspension']>;
export type PropagationPolicy = ObjectWithSpec<'PropagationPolicy', PropagationSpec>;
export type ClusterPropagationPolicy = ObjectWithSpec<'ClusterPropagationPolicy', PropagationSpec>;

export type OverrideSpec = ValueOf<typeof overrideSpecSchema>;
export type RuleWithCluster = ValueOf<typeof ruleWithClusterSchema>;
export type Overriders = ValueOf<typeof overridersSchema>;
export type ImageOverrider = ValueOf<typeof imageOverriderSchema>;
export type CommandArgsOverrider = NonNullable<Overriders['commandOverrider']>[number];
export type LabelAnnotationOverrider = NonNullable<Overriders['labelsOverrider']>[number];
export type FieldOverrider = ValueOf<typeof fieldOverriderSchema>;
export type FieldPatchOperation = NonNullable<FieldOverrider['json']>[number];
export type PlaintextOverrider = ValueOf<typeof plaintextOverriderSchema>;
export type OverrideOperator = PlaintextOverrider['operator'];
export type OverridePolicy = ObjectWithSpec<'OverridePolicy', OverrideSpec>;
export type ClusterOverridePolicy = ObjectWithSpec<'ClusterOverridePolicy', OverrideSpec>;

export type ClusterTaintPolicySpec = ValueOf<typeof clusterTaintPolicySpecSchema>;
export type TaintCondition = NonNullable<ClusterTaintPolicySpec['addOnConditions']>[number];
export type ClusterTaintPolicy = ObjectWithSpec<'ClusterTaintPolicy', ClusterTaintPolicySpec>;

export type FederatedResourceQuotaSpec = ValueOf<typeof quotaSpecSchema>;
export type FederatedResourceQuotaStatus = ValueOf<typeof quotaStatusSchema>;
export type FederatedResourceQuota = ObjectWithStatus<
  'FederatedResourceQuota',
  FederatedResourceQuotaSpec,
  FederatedResourceQuotaStatus
>;
