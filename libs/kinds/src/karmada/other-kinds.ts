/** Groups `apps`, `remedy` and `search` of karmada.io, one kind each. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { invalidValue, requiredValue } from '../field-error.ts';
import { validateClusterAffinity } from './affinity-validation.ts';
import { rebalancerSpecSchema, rebalancerStatusSchema, type WorkloadRebalancer } from './apps.ts';
import type { KarmadaKind } from './define-kind.ts';
import { remedySpecSchema } from './remedy.ts';
import { registrySpecSchema, registryStatusSchema, type ResourceRegistry } from './search.ts';
import { groups } from './well-known.ts';

export const otherKinds: readonly KarmadaKind[] = [
  {
    group: groups.apps,
    kind: 'WorkloadRebalancer',
    plural: 'workloadrebalancers',
    description: 'Places workloads anew from scratch, once.',
    isNamespaced: false,
    hasStatus: true,
    fields: { spec: rebalancerSpecSchema, status: rebalancerStatusSchema },
    required: ['spec'],
    validate: validateRebalancer,
  },
  {
    group: groups.remedy,
    kind: 'Remedy',
    plural: 'remedies',
    description: 'Actions that conditions of clusters call for.',
    isNamespaced: false,
    hasStatus: false,
    fields: { spec: remedySpecSchema },
    required: ['spec'],
  },
  {
    group: groups.search,
    kind: 'ResourceRegistry',
    plural: 'resourceregistries',
    shortNames: ['rr'],
    description: 'Kinds of clusters that are cached and searchable.',
    isNamespaced: false,
    hasStatus: true,
    allowsUnconditionalUpdate: true,
    fields: { spec: registrySpecSchema, status: registryStatusSchema },
    validate: validateRegistry,
  },
];

function validateRebalancer(object: KubeObject): readonly FieldError[] {
  const { workloads, ttlSecondsAfterFinished = 0 } = (object as WorkloadRebalancer).spec;
  const errors = workloads.flatMap((workload, index) =>
    (['apiVersion', 'kind', 'name'] as const)
      .filter((field) => workload[field] === '')
      .map((field) => requiredValue(`spec.workloads[${index}].${field}`)),
  );
  if (ttlSecondsAfterFinished >= 0) return errors;
  const detail = 'must be greater than or equal to 0';
  return [...errors, invalidValue('spec.ttlSecondsAfterFinished', ttlSecondsAfterFinished, detail)];
}

function validateRegistry(object: KubeObject): readonly FieldError[] {
  const { spec } = object as Partial<ResourceRegistry>;
  if (spec === undefined) return [requiredValue('spec')];
  const errors: FieldError[] = [...validateClusterAffinity(spec.targetCluster, 'spec.targetCluster')];
  if (spec.resourceSelectors.length === 0) {
    errors.push(requiredValue('spec.resourceSelectors', 'at least one kind must be selected'));
  }
  spec.resourceSelectors.forEach(({ apiVersion, kind }, index) => {
    if (apiVersion === '') errors.push(requiredValue(`spec.resourceSelectors[${index}].apiVersion`));
    if (kind === '') errors.push(requiredValue(`spec.resourceSelectors[${index}].kind`));
  });
  return errors;
}
