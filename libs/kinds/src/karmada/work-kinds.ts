/** `work.karmada.io`: decisions (bindings) and what one cluster shall have (Work). */
import { validateBinding } from './binding-validation.ts';
import { conditionColumn } from './condition-column.ts';
import type { KarmadaKind } from './define-kind.ts';
import {
  clusterResourceBindingIdLabel,
  fullyAppliedCondition,
  groups,
  resourceBindingIdLabel,
  scheduledCondition,
  workAppliedCondition,
  workIdLabel,
} from './well-known.ts';
import { bindingSpecSchema, bindingStatusSchema, workSpecSchema, workStatusSchema } from './work-schema.ts';

const bindingColumns = [
  conditionColumn('Scheduled', scheduledCondition),
  conditionColumn('FullyApplied', fullyAppliedCondition),
];

export const workKinds: readonly KarmadaKind[] = [
  {
    group: groups.work,
    version: 'v1alpha2',
    kind: 'ResourceBinding',
    plural: 'resourcebindings',
    shortNames: ['rb'],
    description: 'Decision: which clusters run a template of this namespace, and how far that is carried out.',
    isNamespaced: true,
    hasStatus: true,
    idLabel: resourceBindingIdLabel,
    fields: { spec: bindingSpecSchema, status: bindingStatusSchema },
    required: ['spec'],
    columns: bindingColumns,
    validate: validateBinding,
  },
  {
    group: groups.work,
    version: 'v1alpha2',
    kind: 'ClusterResourceBinding',
    plural: 'clusterresourcebindings',
    shortNames: ['crb'],
    description: 'Decision: which clusters get a cluster-scoped template, and how far that is carried out.',
    isNamespaced: false,
    hasStatus: true,
    idLabel: clusterResourceBindingIdLabel,
    fields: { spec: bindingSpecSchema, status: bindingStatusSchema },
    required: ['spec'],
    columns: bindingColumns,
    validate: validateBinding,
  },
  {
    group: groups.work,
    kind: 'Work',
    plural: 'works',
    shortNames: ['wk'],
    description: 'Objects that one cluster shall have. Its namespace names the cluster.',
    isNamespaced: true,
    hasStatus: true,
    idLabel: workIdLabel,
    fields: { spec: workSpecSchema, status: workStatusSchema },
    columns: [conditionColumn('Applied', workAppliedCondition)],
  },
];
