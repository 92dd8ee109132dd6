import type { KubeObject } from '@flotilla/kinds/kube-object';
import { fieldsAt, fieldsOf, numberAt, withField } from './object-field.ts';
import type { Fields } from './object-field.ts';
import type { DependentObjectReference, ReplicaInterpretation } from './operations.ts';
import { podDependencies } from './pod-dependencies.ts';
import { podRequirements } from './pod-requirements.ts';

/** `spec.template.spec` of Deployments and their like. */
export function podSpecOf(template: KubeObject): Fields {
  return fieldsAt(fieldsAt(fieldsOf(template['spec']), 'template'), 'spec');
}

/** For kinds with `spec.<replicaField>` and `spec.template`. An absent count is zero: defaulting is the API server's task. */
export function replicasOf(template: KubeObject, replicaField: string): ReplicaInterpretation {
  const requirements = podRequirements(podSpecOf(template));
  const replicas = numberAt(fieldsOf(template['spec']), replicaField);
  return requirements === undefined ? { replicas } : { replicas, requirements };
}

/** A template that leaves the count to the API server's default is left alone. */
export function withReplicas(template: KubeObject, replicaField: string, replicas: number): KubeObject {
  return fieldsOf(template['spec'])[replicaField] === undefined
    ? template
    : withField(template, ['spec', replicaField], replicas);
}

export function dependenciesOf(template: KubeObject): readonly DependentObjectReference[] {
  return podDependencies(podSpecOf(template), template.metadata.namespace);
}
