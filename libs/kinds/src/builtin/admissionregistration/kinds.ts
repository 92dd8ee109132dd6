import { age, tableOf, unset } from '../table/columns.ts';
import { defineKind } from '../define-kind.ts';
import { setPolicyBindingDefaults, setPolicyDefaults, setWebhookDefaults } from './admission-defaults.ts';
import { validateWebhooks } from './webhook-validation.ts';
import type { KindDefinition } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';
import type { KindSchemas } from '../kind-schemas.ts';

const admission = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  isNamespaced: false,
  categories: ['api-extensions'],
  hasGeneration: true,
};

export function admissionKinds(schemas: KindSchemas): readonly KindDefinition[] {
  return [
    defineKind(schemas, {
      ...admission,
      kind: 'MutatingWebhookConfiguration',
      plural: 'mutatingwebhookconfigurations',
      applyDefaults: (draft) => setWebhookDefaults(draft, true),
      validate: validateWebhooks,
      table: webhookTable,
    }),
    defineKind(schemas, {
      ...admission,
      kind: 'ValidatingWebhookConfiguration',
      plural: 'validatingwebhookconfigurations',
      applyDefaults: (draft) => setWebhookDefaults(draft, false),
      validate: validateWebhooks,
      table: webhookTable,
    }),
    defineKind(schemas, {
      ...admission,
      kind: 'ValidatingAdmissionPolicy',
      plural: 'validatingadmissionpolicies',
      subresources: { status: true },
      applyDefaults: setPolicyDefaults,
      table: policyTable,
    }),
    defineKind(schemas, {
      ...admission,
      kind: 'ValidatingAdmissionPolicyBinding',
      plural: 'validatingadmissionpolicybindings',
      applyDefaults: setPolicyBindingDefaults,
      table: policyBindingTable,
    }),
  ];
}

const webhookTable = tableOf(['Webhooks:integer', 'Age'], (object, nowMs) => {
  const { webhooks } = object as KubeObject & { webhooks?: readonly unknown[] };
  return [webhooks?.length ?? 0, age(object, nowMs)];
});

interface PolicySpec {
  readonly validations?: readonly unknown[];
  readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string };
}

const policyTable = tableOf(['Validations:integer', 'ParamKind', 'Age'], (object, nowMs) => {
  const spec = (object['spec'] ?? {}) as PolicySpec;
  const { paramKind } = spec;
  return [
    spec.validations?.length ?? 0,
    paramKind === undefined ? unset : `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}`,
    age(object, nowMs),
  ];
});

const policyBindingTable = tableOf(['PolicyName', 'ParamRef', 'Age'], (object, nowMs) => {
  const spec = (object['spec'] ?? {}) as { policyName?: string; paramRef?: { namespace?: string; name?: string } };
  const { paramRef } = spec;
  const name = paramRef?.namespace === undefined ? paramRef?.name : `${paramRef.namespace}/${paramRef.name ?? '*'}`;
  return [spec.policyName ?? '', paramRef === undefined ? unset : (name ?? '*'), age(object, nowMs)];
});
