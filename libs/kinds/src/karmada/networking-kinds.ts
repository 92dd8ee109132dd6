/** `networking.karmada.io` and the Multi-Cluster Services API. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { duplicateValue, immutableDetail, invalidValue, requiredValue } from '../field-error.ts';
import { checkDnsLabel } from '../name-rule.ts';
import type { KarmadaKind } from './define-kind.ts';
import { serviceExportStatusSchema, serviceImportSpecSchema, serviceImportStatusSchema } from './multicluster.ts';
import {
  multiClusterIngressSpecSchema,
  multiClusterIngressStatusSchema,
  multiClusterServiceSpecSchema,
  serviceStatusSchema,
} from './networking.ts';
import type { MultiClusterIngress, MultiClusterService, MultiClusterServiceSpec } from './networking.ts';
import { groups, multiClusterServiceIdLabel } from './well-known.ts';

export const networkingKinds: readonly KarmadaKind[] = [
  {
    group: groups.networking,
    kind: 'MultiClusterService',
    plural: 'multiclusterservices',
    shortNames: ['mcs'],
    description: 'Makes the Service of the same name reachable across clusters.',
    isNamespaced: true,
    hasStatus: true,
    idLabel: multiClusterServiceIdLabel,
    nameRule: 'dns-1035-label',
    fields: { spec: multiClusterServiceSpecSchema, status: serviceStatusSchema },
    required: ['spec'],
    validate: validateMultiClusterService,
    warnings: warnAboutMultiClusterService,
  },
  {
    group: groups.networking,
    kind: 'MultiClusterIngress',
    plural: 'multiclusteringresses',
    shortNames: ['mci'],
    description: 'Leads requests from outside to Services in several clusters.',
    isNamespaced: true,
    hasStatus: true,
    fields: { spec: multiClusterIngressSpecSchema, status: multiClusterIngressStatusSchema },
    required: ['spec'],
    validate: validateMultiClusterIngress,
  },
  {
    group: groups.multicluster,
    kind: 'ServiceExport',
    plural: 'serviceexports',
    shortNames: ['svcex'],
    description: 'Exports the Service of the same name to other clusters.',
    isNamespaced: true,
    hasStatus: true,
    fields: { status: serviceExportStatusSchema },
  },
  {
    group: groups.multicluster,
    kind: 'ServiceImport',
    plural: 'serviceimports',
    shortNames: ['svcim'],
    description: 'Imports a Service of other clusters.',
    isNamespaced: true,
    hasStatus: true,
    fields: { spec: serviceImportSpecSchema, status: serviceImportStatusSchema },
  },
];

function validateMultiClusterService(object: KubeObject, old: KubeObject | undefined): readonly FieldError[] {
  const { spec } = object as MultiClusterService;
  const before = (old as MultiClusterService | undefined)?.spec;
  const errors: FieldError[] = [];
  if (spec.types.length !== 1) {
    errors.push(invalidValue('spec.types', spec.types, 'must name exactly one of CrossCluster and LoadBalancer'));
  }
  if (before !== undefined && before.types.join() !== spec.types.join()) {
    errors.push(invalidValue('spec.types', spec.types, immutableDetail));
  }
  errors.push(...validatePorts(spec.ports ?? []), ...validateClusterNames(spec));
  return errors;
}

function validatePorts(ports: NonNullable<MultiClusterServiceSpec['ports']>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seenNames = new Set<string>();
  const seenPorts = new Set<number>();
  ports.forEach(({ name = '', port }, index) => {
    const path = `spec.ports[${index}]`;
    if (port < 1 || port > 65535) {
      errors.push(invalidValue(`${path}.port`, port, 'must be between 1 and 65535, inclusive'));
    }
    if (seenPorts.has(port)) errors.push(duplicateValue(`${path}.port`, port));
    seenPorts.add(port);
    if (name === '') return;
    for (const complaint of checkDnsLabel(name)) errors.push(invalidValue(`${path}.name`, name, complaint));
    if (seenNames.has(name)) errors.push(duplicateValue(`${path}.name`, name));
    seenNames.add(name);
  });
  return errors;
}

function validateClusterNames(spec: MultiClusterServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['providerClusters', 'consumerClusters'] as const) {
    const seen = new Set<string>();
    (spec[field] ?? []).forEach(({ name }, index) => {
      if (name === '') errors.push(requiredValue(`spec.${field}[${index}].name`));
      if (seen.has(name)) errors.push(duplicateValue(`spec.${field}[${index}].name`, name));
      seen.add(name);
    });
  }
  return errors;
}

function warnAboutMultiClusterService(object: KubeObject): readonly string[] {
  const { spec } = object as MultiClusterService;
  const warnings: string[] = [];
  if (spec.range !== undefined) warnings.push('spec.range is deprecated; use spec.consumerClusters');
  if (spec.serviceProvisionClusters !== undefined) {
    warnings.push('spec.serviceProvisionClusters is deprecated; use spec.providerClusters');
  }
  if (spec.serviceConsumptionClusters !== undefined) {
    warnings.push('spec.serviceConsumptionClusters is deprecated; use spec.consumerClusters');
  }
  return warnings;
}

function validateMultiClusterIngress(object: KubeObject): readonly FieldError[] {
  const { defaultBackend, rules = [] } = (object as MultiClusterIngress).spec;
  if (defaultBackend !== undefined || rules.length > 0) return [];
  return [invalidValue('spec', {}, 'either `defaultBackend` or `rules` must be specified')];
}
