/** `policy.karmada.io`: what users write to say where templates run and what differs between clusters. */
import { clusterTaintPolicySpecSchema } from './cluster-taint-policy-schema.ts';
import { fieldColumn } from './condition-column.ts';
import type { Column, KarmadaKind } from './define-kind.ts';
import { quotaSpecSchema, quotaStatusSchema } from './federated-resource-quota-schema.ts';
import { recordAt } from './json-view.ts';
import { overrideSpecSchema } from './override-schema.ts';
import { validateOverridePolicy, warnAboutOverridePolicy } from './override-validation.ts';
import { applyPropagationDefaults, applySelectorNamespace } from './propagation-defaults.ts';
import { propagationSpecSchema } from './propagation-schema.ts';
import { validatePropagationPolicy, warnAboutPropagationPolicy } from './propagation-validation.ts';
import { validateFederatedResourceQuota } from './quota-validation.ts';
import { validateClusterTaintPolicy } from './taint-policy-validation.ts';
import { clusterPropagationPolicyIdLabel, groups, propagationPolicyIdLabel } from './well-known.ts';

export interface PolicyKindsOptions {
  /** Whether a ClusterTaintPolicy may add NoExecute taints, which move workloads away. */
  readonly allowsNoExecuteTaintPolicies: boolean;
}

const propagationColumns: readonly Column[] = [
  fieldColumn('Conflict-Resolution', 'string', ['spec', 'conflictResolution'], 'What happens to unmanaged objects.'),
  fieldColumn('Priority', 'string', ['spec', 'priority'], 'Precedence among policies.'),
];

export function policyKinds(options: PolicyKindsOptions): readonly KarmadaKind[] {
  return [
    {
      group: groups.policy,
      kind: 'PropagationPolicy',
      plural: 'propagationpolicies',
      shortNames: ['pp'],
      description: 'Propagates templates of its namespace to clusters.',
      isNamespaced: true,
      hasStatus: false,
      idLabel: propagationPolicyIdLabel,
      fields: { spec: propagationSpecSchema },
      required: ['spec'],
      columns: propagationColumns,
      applyDefaults(draft) {
        applySelectorNamespace(draft);
        applyPropagationDefaults(draft);
      },
      validate: validatePropagationPolicy,
      warnings: warnAboutPropagationPolicy,
    },
    {
      group: groups.policy,
      kind: 'ClusterPropagationPolicy',
      plural: 'clusterpropagationpolicies',
      shortNames: ['cpp'],
      description: 'Propagates templates of every namespace, and cluster-scoped ones, to clusters.',
      isNamespaced: false,
      hasStatus: false,
      idLabel: clusterPropagationPolicyIdLabel,
      fields: { spec: propagationSpecSchema },
      required: ['spec'],
      columns: propagationColumns,
      applyDefaults: applyPropagationDefaults,
      validate: validatePropagationPolicy,
      warnings: warnAboutPropagationPolicy,
    },
    {
      group: groups.policy,
      kind: 'OverridePolicy',
      plural: 'overridepolicies',
      shortNames: ['op'],
      description: 'Changes templates of its namespace for some clusters.',
      isNamespaced: true,
      hasStatus: false,
      fields: { spec: overrideSpecSchema },
      required: ['spec'],
      applyDefaults: applySelectorNamespace,
      validate: validateOverridePolicy,
      warnings: warnAboutOverridePolicy,
    },
    {
      group: groups.policy,
      kind: 'ClusterOverridePolicy',
      plural: 'clusteroverridepolicies',
      shortNames: ['cop'],
      description: 'Changes templates of every namespace, and cluster-scoped ones, for some clusters.',
      isNamespaced: false,
      hasStatus: false,
      fields: { spec: overrideSpecSchema },
      required: ['spec'],
      validate: validateOverridePolicy,
      warnings: warnAboutOverridePolicy,
    },
    {
      group: groups.policy,
      kind: 'ClusterTaintPolicy',
      plural: 'clustertaintpolicies',
      description: 'Adds and removes taints of clusters by their conditions.',
      isNamespaced: false,
      hasStatus: false,
      fields: { spec: clusterTaintPolicySpecSchema },
      required: ['spec'],
      validate: (object) => validateClusterTaintPolicy(object, options.allowsNoExecuteTaintPolicies),
    },
    {
      group: groups.policy,
      kind: 'FederatedResourceQuota',
      plural: 'federatedresourcequotas',
      description: 'Limits what a namespace may use over all clusters.',
      isNamespaced: true,
      hasStatus: true,
      fields: { spec: quotaSpecSchema, status: quotaStatusSchema },
      required: ['spec'],
      columns: [quotaColumn('Overall', 'overall'), quotaColumn('Overall_Used', 'overallUsed')],
      validate: validateFederatedResourceQuota,
    },
  ];
}

function quotaColumn(name: string, field: string): Column {
  return {
    name,
    type: 'string',
    description: `Field ${field} of the status.`,
    value: (object) => {
      const amounts = recordAt(recordAt(object, 'status'), field);
      return amounts === undefined ? null : JSON.stringify(amounts);
    },
  };
}
