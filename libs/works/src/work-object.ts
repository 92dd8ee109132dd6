/** From stored state to the Work that shows it (pure): the same inputs give the same bytes, whoever asks and whenever. */
import type { Cluster } from '@flotilla/kinds/karmada/cluster';
import {
  clusterResourceBindingNameAnnotation,
  executionNamespace,
  fullyAppliedCondition,
  resourceBindingNameAnnotation,
  resourceBindingNamespaceAnnotation,
  workAppliedCondition,
  workAppliedReasons,
  workDispatchingCondition,
  workDispatchingReasons,
  workIdLabel,
} from '@flotilla/kinds/karmada/well-known';
import type { AggregatedStatusItem, ManifestStatus, Work } from '@flotilla/kinds/karmada/work';
import { parseApiVersion } from '@flotilla/kinds/kube-object';
import type { Condition, ObjectMeta } from '@flotilla/kinds/kube-object';
import { appliedOverrideAnnotations } from '@flotilla/rendering/applied-override-annotations';
import type { OverrideSelection } from '@flotilla/rendering/override-index';
import type { RenderResult } from '@flotilla/rendering/renderer';
import { workPermanentId } from '@flotilla/rendering/work-identity';
import type { StoredObject } from '@flotilla/store/object-store';

import { idLabel, permanentId } from './binding-identity.ts';
import type { Binding } from './binding.ts';
import { completionsOf } from './job-completions.ts';
import type { PropagationRenderer } from './template-renderer.ts';
import type { WorkRole } from './work-plan.ts';

/** Everything that one Work is made of. */
export interface WorkInputs {
  readonly name: string;
  readonly clusterName: string;
  readonly binding: StoredObject;
  readonly template: StoredObject;
  readonly cluster: Cluster;
  readonly role: WorkRole;
  readonly selection: OverrideSelection;
}

export const workApiVersion = 'work.karmada.io/v1alpha1';

export function workOf(renderer: PropagationRenderer, inputs: WorkInputs): Work {
  const { template, cluster, role, selection } = inputs;
  const binding = inputs.binding.object as Binding;
  const result = renderer.renderManifest(template.object, binding, cluster, role.role, selection);
  const { preserveResourcesOnDeletion } = binding.spec;
  return {
    apiVersion: workApiVersion,
    kind: 'Work',
    metadata: metadataOf(inputs, binding, result),
    spec: {
      workload: { manifests: result.kind === 'rendered' ? [result.manifest] : [] },
      ...(role.isSuspended ? { suspendDispatching: true } : {}),
      ...(preserveResourcesOnDeletion === undefined ? {} : { preserveResourcesOnDeletion }),
    },
    status: statusOf(inputs, binding, result),
  };
}

/** Equal for two states of a binding between which this cluster's Work is the same, its template and overrides being the same. */
export function workFacts(inputs: WorkInputs): string {
  const binding = inputs.binding.object as Binding;
  const { preserveResourcesOnDeletion, conflictResolution } = binding.spec;
  return JSON.stringify([
    inputs.role,
    statusItemOf(binding, inputs.clusterName),
    preserveResourcesOnDeletion,
    conflictResolution,
    permanentId(binding),
    completionsOf(inputs.template.object, binding, inputs.clusterName),
    transitionTimeOf(binding),
  ]);
}

function metadataOf({ name, clusterName }: WorkInputs, binding: Binding, result: RenderResult): ObjectMeta {
  const bindingId = permanentId(binding) ?? '';
  const id = workPermanentId(bindingId, clusterName);
  const { name: bindingName = '', namespace: bindingNamespace = '', creationTimestamp } = binding.metadata;
  return {
    name,
    namespace: executionNamespace(clusterName),
    uid: id,
    generation: 1,
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    labels: { [workIdLabel]: id, [idLabel(binding)]: bindingId },
    annotations: {
      ...(binding.kind === 'ClusterResourceBinding'
        ? { [clusterResourceBindingNameAnnotation]: bindingName }
        : { [resourceBindingNamespaceAnnotation]: bindingNamespace, [resourceBindingNameAnnotation]: bindingName }),
      ...(result.kind === 'rendered' ? appliedOverrideAnnotations(result.overrides) : {}),
    },
  };
}

function statusOf(inputs: WorkInputs, binding: Binding, result: RenderResult): NonNullable<Work['status']> {
  const item = statusItemOf(binding, inputs.clusterName);
  const manifestStatus = manifestStatusOf(inputs, binding, item);
  return {
    conditions: [...appliedConditions(binding, item, result), dispatchingCondition(inputs, binding)],
    ...(manifestStatus === undefined ? {} : { manifestStatuses: [manifestStatus] }),
  };
}

function appliedConditions(
  binding: Binding,
  item: AggregatedStatusItem | undefined,
  result: RenderResult,
): readonly Condition[] {
  const failure = result.kind === 'failed' ? result.message : item?.applied === false ? item.appliedMessage : undefined;
  if (failure !== undefined) {
    return [
      conditionOf(binding, workAppliedCondition, 'False', workAppliedReasons.failed, applyFailedMessage(0, 1, failure)),
    ];
  }
  if (item?.applied !== true) return [];
  return [conditionOf(binding, workAppliedCondition, 'True', workAppliedReasons.success, appliedMessage)];
}

function dispatchingCondition({ role }: WorkInputs, binding: Binding): Condition {
  return role.isSuspended
    ? conditionOf(binding, workDispatchingCondition, 'False', workDispatchingReasons.suspended, suspendedMessage)
    : conditionOf(binding, workDispatchingCondition, 'True', workDispatchingReasons.dispatching, dispatchingMessage);
}

export const appliedMessage = 'All manifests are applied in the cluster.';
export const suspendedMessage = 'Dispatching is suspended: changes are not sent to the cluster.';
export const dispatchingMessage = 'Changes are sent to the cluster.';

export function applyFailedMessage(applied: number, total: number, why: string): string {
  return `Failed to apply all manifests (${applied}/${total}): ${why}`;
}

function conditionOf(
  binding: Binding,
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): Condition {
  const lastTransitionTime = transitionTimeOf(binding);
  return { type, status, reason, message, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) };
}

/** No times are kept for each cluster; that of the binding as a whole is the nearest. */
function transitionTimeOf(binding: Binding): string | undefined {
  const conditions = (binding.status?.conditions ?? []) as readonly Condition[];
  const fullyApplied = conditions.find(({ type }) => type === fullyAppliedCondition);
  return fullyApplied?.lastTransitionTime ?? binding.metadata.creationTimestamp;
}

function statusItemOf(binding: Binding, cluster: string): AggregatedStatusItem | undefined {
  return binding.status?.aggregatedStatus?.find(({ clusterName }) => clusterName === cluster);
}

function manifestStatusOf(
  { template }: WorkInputs,
  { spec }: Binding,
  item: AggregatedStatusItem | undefined,
): ManifestStatus | undefined {
  if (item === undefined || (item.status === undefined && item.applied !== true)) return undefined;
  const { apiVersion, kind, namespace = '', name = '' } = spec.resource;
  const { group, version } = parseApiVersion(apiVersion);
  return {
    identifier: { ordinal: 0, group, version, kind, resource: template.resource.resource, namespace, name },
    ...(item.status === undefined ? {} : { status: item.status }),
    ...(item.health === undefined ? {} : { health: item.health }),
  };
}
