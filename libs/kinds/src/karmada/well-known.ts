/** Labels, annotations, finalizers, taints, conditions and reasons that are part of the contract with manifests and other programs. */

export const groups = {
  policy: 'policy.karmada.io',
  work: 'work.karmada.io',
  cluster: 'cluster.karmada.io',
  config: 'config.karmada.io',
  networking: 'networking.karmada.io',
  autoscaling: 'autoscaling.karmada.io',
  apps: 'apps.karmada.io',
  remedy: 'remedy.karmada.io',
  search: 'search.karmada.io',
  multicluster: 'multicluster.x-k8s.io',
} as const;

/** On templates and bindings: which policy claimed the template. The annotations name the policy, the labels hold its permanent id. */
export const propagationPolicyIdLabel = 'propagationpolicy.karmada.io/permanent-id';
export const propagationPolicyNamespaceAnnotation = 'propagationpolicy.karmada.io/namespace';
export const propagationPolicyNameAnnotation = 'propagationpolicy.karmada.io/name';
export const clusterPropagationPolicyIdLabel = 'clusterpropagationpolicy.karmada.io/permanent-id';
export const clusterPropagationPolicyNameAnnotation = 'clusterpropagationpolicy.karmada.io/name';

/** On templates: what the user or another controller asks for. */
export const claimedByLabel = 'resourcetemplate.karmada.io/claimed-by';
export const retainReplicasLabel = 'resourcetemplate.karmada.io/retain-replicas';
export const retainReplicasValue = 'true';
export const deletionProtectionLabel = 'resourcetemplate.karmada.io/deletion-protected';
export const deletionProtectionAlways = 'Always';
export const conflictResolutionAnnotation = 'work.karmada.io/conflict-resolution';
export const conflictResolutionOverwrite = 'overwrite';
export const conflictResolutionAbort = 'abort';
export const skipAutoPropagationLabel = 'namespace.karmada.io/skip-auto-propagation';

/** On bindings. */
export const resourceBindingIdLabel = 'resourcebinding.karmada.io/permanent-id';
export const clusterResourceBindingIdLabel = 'clusterresourcebinding.karmada.io/permanent-id';
export const bindingManagedByLabel = 'binding.karmada.io/managed-by';
export const appliedPlacementAnnotation = 'policy.karmada.io/applied-placement';
export const dependenciesAnnotation = 'resourcebinding.karmada.io/dependencies';
/** Followed by a hash of the referring binding. */
export const dependedByLabelPrefix = 'resourcebinding.karmada.io/depended-by-';

/** On Work and on objects in member clusters. */
export const workIdLabel = 'work.karmada.io/permanent-id';
export const workNamespaceAnnotation = 'work.karmada.io/namespace';
export const workNameAnnotation = 'work.karmada.io/name';
export const resourceBindingNamespaceAnnotation = 'resourcebinding.karmada.io/namespace';
export const resourceBindingNameAnnotation = 'resourcebinding.karmada.io/name';
export const clusterResourceBindingNameAnnotation = 'clusterresourcebinding.karmada.io/name';
/** The ownership marker: an object of a member cluster without it is never changed or deleted. */
export const managedLabel = 'karmada.io/managed';
export const managedValue = 'true';
export const templateUidAnnotation = 'resourcetemplate.karmada.io/uid';
export const templateGenerationAnnotation = 'resourcetemplate.karmada.io/generation';
export const managedLabelsAnnotation = 'resourcetemplate.karmada.io/managed-labels';
export const managedAnnotationsAnnotation = 'resourcetemplate.karmada.io/managed-annotations';
export const appliedOverridesAnnotation = 'policy.karmada.io/applied-overrides';
export const appliedClusterOverridesAnnotation = 'policy.karmada.io/applied-cluster-overrides';

/** Service networking. */
export const multiClusterServiceIdLabel = 'multiclusterservice.karmada.io/permanent-id';
export const multiClusterServiceNameAnnotation = 'multiclusterservice.karmada.io/name';
export const multiClusterServiceNamespaceAnnotation = 'multiclusterservice.karmada.io/namespace';
export const endpointSliceNameLabel = 'endpointslice.karmada.io/name';
export const endpointSliceNamespaceLabel = 'endpointslice.karmada.io/namespace';
export const endpointSliceManagedByLabel = 'endpointslice.karmada.io/managed-by';
export const endpointSliceProvisionClusterAnnotation = 'endpointslice.karmada.io/provision-cluster';
export const kubernetesEndpointSliceManagedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const endpointSliceDispatchController = 'endpointslice-dispatch-controller.karmada.io';
export const endpointSliceController = 'endpointslice-controller.karmada.io';

/** Others. */
export const federatedResourceQuotaNamespaceLabel = 'federatedresourcequota.karmada.io/namespace';
export const federatedResourceQuotaNameLabel = 'federatedresourcequota.karmada.io/name';
export const cachedFromClusterAnnotation = 'resource.karmada.io/cached-from-cluster';
export const queryFromClusterAnnotation = 'resource.karmada.io/query-from-cluster';
export const systemLabel = 'karmada.io/system';

/** Taints of clusters. */
export const unschedulableTaint = 'cluster.karmada.io/unschedulable';
export const notReadyTaint = 'cluster.karmada.io/not-ready';
export const unreachableTaint = 'cluster.karmada.io/unreachable';

/**
 * Names that Karmada's own controllers use. Flotilla sets none of them, because it needs no finalizer to keep its promises; they are here so
 * that they can be recognised and removed on objects that were migrated.
 */
export const karmadaFinalizers = [
  'karmada.io/cluster-controller',
  'karmada.io/execution-controller',
  'karmada.io/binding-controller',
  'karmada.io/cluster-resource-binding-controller',
  'karmada.io/binding-dependencies-distributor',
  'karmada.io/propagation-policy-controller',
  'karmada.io/cluster-propagation-policy-controller',
  'karmada.io/multiclusterservice-controller',
  'karmada.io/mcs-endpointslice-collect-controller',
  'karmada.io/mcs-endpointslice-dispatch-controller',
  'karmada.io/endpointslice-controller',
] as const;

/** On bindings, Works and Clusters: something of ours may still be in a member. Taken off by propagation alone. */
export const propagationFinalizer = 'flotilla.io/propagation';

/** Conditions of ResourceBinding and ClusterResourceBinding. */
export const scheduledCondition = 'Scheduled';
export const scheduledReasons = {
  success: 'Success',
  schedulerError: 'SchedulerError',
  noClusterFit: 'NoClusterFit',
  unschedulable: 'Unschedulable',
  quotaExceeded: 'QuotaExceeded',
} as const;
export const fullyAppliedCondition = 'FullyApplied';
export const fullyAppliedReasons = { success: 'FullyAppliedSuccess', failed: 'FullyAppliedFailed' } as const;

/** Conditions of Work. */
export const workAppliedCondition = 'Applied';
export const workAppliedReasons = { success: 'AppliedSuccessful', failed: 'AppliedFailed' } as const;
export const workDispatchingCondition = 'Dispatching';
export const workDispatchingReasons = { dispatching: 'Dispatching', suspended: 'SuspendDispatching' } as const;

/** Conditions of Cluster. */
export const clusterReadyCondition = 'Ready';
export const clusterReadyReasons = {
  ready: 'ClusterReady',
  notReady: 'ClusterNotReady',
  notReachable: 'ClusterNotReachable',
  statusCollectionFailed: 'StatusCollectionFailed',
  statusUnknown: 'ClusterStatusUnknown',
  statusNeverUpdated: 'ClusterStatusNeverUpdated',
} as const;
export const completeApiEnablementsCondition = 'CompleteAPIEnablements';
export const completeApiEnablementsReasons = { complete: 'Complete', partial: 'Partial', empty: 'Empty' } as const;

/** Reasons and producers of eviction tasks. */
export const evictionReasons = {
  taintUntolerated: 'TaintUntolerated',
  applicationFailure: 'ApplicationFailure',
} as const;
export const taintManagerProducer = 'TaintManager';

/** Conditions of MultiClusterService. */
export const serviceAppliedCondition = 'ServiceApplied';
export const serviceAppliedReasons = { success: 'ServiceAppliedSucceed', failed: 'ServiceAppliedFailed' } as const;
export const endpointSliceDispatchedCondition = 'EndpointSliceDispatched';
export const endpointSliceDispatchedReasons = {
  success: 'EndpointSliceDispatchedSucceed',
  failed: 'EndpointSliceDispatchedFailed',
} as const;

/** Namespace of the control plane that holds clusters' credentials. */
export const clusterSecretNamespace = 'karmada-cluster';
/** Works of a cluster are in the namespace with this prefix and the cluster's name. */
export const executionNamespacePrefix = 'karmada-es-';
export const defaultSchedulerName = 'default-scheduler';

const reservedNamespacePrefixes = ['kube-', 'karmada-', 'flotilla-'];

/** Objects of these namespaces are never propagated. */
export function isReservedNamespace(namespace: string): boolean {
  return reservedNamespacePrefixes.some((prefix) => namespace.startsWith(prefix));
}

export function executionNamespace(clusterName: string): string {
  return `${executionNamespacePrefix}${clusterName}`;
}
