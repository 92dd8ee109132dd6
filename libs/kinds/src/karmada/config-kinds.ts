/** `config.karmada.io`: ResourceInterpreterCustomization and ResourceInterpreterWebhookConfiguration. */
import type { FieldError } from '../kind-definition.ts';
import type { KubeObject } from '../kube-object.ts';
import { duplicateValue, forbiddenValue, invalidValue, requiredValue } from '../field-error.ts';
import { checkDnsSubdomain } from '../name-rule.ts';
import { interpreterCustomizationSpecSchema, interpreterWebhooksSchema } from './config.ts';
import type {
  InterpreterWebhook,
  ResourceInterpreterCustomization,
  ResourceInterpreterWebhookConfiguration,
} from './config.ts';
import { fieldColumn } from './condition-column.ts';
import type { KarmadaKind } from './define-kind.ts';
import { groups } from './well-known.ts';

export const configKinds: readonly KarmadaKind[] = [
  {
    group: groups.config,
    kind: 'ResourceInterpreterCustomization',
    plural: 'resourceinterpretercustomizations',
    shortNames: ['ric'],
    description: 'Says in Lua what a kind means: its replicas, health, status and dependencies.',
    isNamespaced: false,
    hasStatus: false,
    fields: { spec: interpreterCustomizationSpecSchema },
    required: ['spec'],
    columns: [
      fieldColumn('Target-API-Version', 'string', ['spec', 'target', 'apiVersion'], 'API version that is customised.'),
      fieldColumn('Target-Kind', 'string', ['spec', 'target', 'kind'], 'Kind that is customised.'),
    ],
    validate: validateCustomization,
  },
  {
    group: groups.config,
    kind: 'ResourceInterpreterWebhookConfiguration',
    plural: 'resourceinterpreterwebhookconfigurations',
    description: 'Names webhooks that say what kinds mean.',
    isNamespaced: false,
    hasStatus: false,
    fields: { webhooks: interpreterWebhooksSchema },
    required: ['webhooks'],
    validate: validateWebhooks,
  },
];

function validateCustomization(object: KubeObject): readonly FieldError[] {
  const { target, customizations } = (object as ResourceInterpreterCustomization).spec;
  const errors: FieldError[] = [];
  if (target.apiVersion === '') errors.push(requiredValue('spec.target.apiVersion'));
  if (target.kind === '') errors.push(requiredValue('spec.target.kind'));
  for (const [operation, rule] of Object.entries(customizations)) {
    if (rule?.luaScript.trim() === '') errors.push(requiredValue(`spec.customizations.${operation}.luaScript`));
  }
  return errors;
}

function validateWebhooks(object: KubeObject): readonly FieldError[] {
  const { webhooks } = object as ResourceInterpreterWebhookConfiguration;
  const names = new Set<string>();
  return webhooks.flatMap((webhook, index) => {
    const path = `webhooks[${index}]`;
    const errors = [...validateWebhook(webhook, path)];
    if (names.has(webhook.name)) errors.push(duplicateValue(`${path}.name`, webhook.name));
    names.add(webhook.name);
    return errors;
  });
}

function validateWebhook(webhook: InterpreterWebhook, path: string): readonly FieldError[] {
  const { name, clientConfig, rules = [], interpreterContextVersions } = webhook;
  const errors: FieldError[] = checkDnsSubdomain(name).map((text) => invalidValue(`${path}.name`, name, text));
  if (name.split('.').length < 3) {
    const detail = 'should be a domain with at least three segments separated by dots';
    errors.push(invalidValue(`${path}.name`, name, detail));
  }
  if ((clientConfig.url === undefined) === (clientConfig.service === undefined)) {
    errors.push(requiredValue(`${path}.clientConfig`, 'exactly one of url or service is required'));
  }
  const { url } = clientConfig;
  if (url !== undefined && !(URL.canParse(url) && new URL(url).protocol === 'https:')) {
    errors.push(invalidValue(`${path}.clientConfig.url`, url, "'https' is the only allowed URL scheme"));
  }
  if (!interpreterContextVersions.includes('v1alpha1')) {
    const detail = 'must include at least one of v1alpha1';
    errors.push(invalidValue(`${path}.interpreterContextVersions`, interpreterContextVersions, detail));
  }
  rules.forEach((rule, index) => {
    for (const field of ['operations', 'apiGroups', 'apiVersions', 'kinds'] as const) {
      errors.push(...validateWildcard(rule[field], `${path}.rules[${index}].${field}`));
    }
  });
  return errors;
}

function validateWildcard(values: readonly string[], path: string): readonly FieldError[] {
  if (values.length === 0) return [requiredValue(path)];
  if (!values.includes('*') || values.length === 1) return [];
  return [forbiddenValue(path, "if '*' is present, must not specify other values")];
}
