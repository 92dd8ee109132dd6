import { duplicateValue, invalidValue, requiredValue, unsupportedValue } from '../../field-error.ts';
import { checkDnsSubdomain } from '../../name-rule.ts';
import type { Errors } from '../errors.ts';
import type { FieldError } from '../../kind-definition.ts';
import type { KubeObject } from '../../kube-object.ts';

interface Webhook {
  readonly name?: string;
  readonly sideEffects?: string | null;
  readonly timeoutSeconds?: number;
  readonly admissionReviewVersions?: readonly string[] | null;
  readonly failurePolicy?: string;
  readonly clientConfig?: {
    readonly url?: string;
    readonly service?: { readonly name?: string; readonly namespace?: string };
  };
}

const timeoutMaxSeconds = 30;

export function validateWebhooks(object: KubeObject): readonly FieldError[] {
  const errors: Errors = [];
  const names = new Set<string>();
  ((object as KubeObject & { webhooks?: readonly Webhook[] }).webhooks ?? []).forEach((webhook, index) => {
    const path = `webhooks[${index}]`;
    const name = webhook.name ?? '';
    checkWebhookName(errors, name, `${path}.name`);
    if (names.has(name)) errors.push(duplicateValue(`${path}.name`, name));
    names.add(name);
    validateWebhook(errors, webhook, path);
  });
  return errors;
}

function checkWebhookName(errors: Errors, name: string, field: string): void {
  if (name === '') {
    errors.push(requiredValue(field));
    return;
  }
  for (const complaint of checkDnsSubdomain(name)) errors.push(invalidValue(field, name, complaint));
  if (name.split('.').length < 3) {
    errors.push(invalidValue(field, name, 'should be a domain with at least three segments separated by dots'));
  }
}

function validateWebhook(errors: Errors, webhook: Webhook, path: string): void {
  const sideEffects = webhook.sideEffects ?? undefined;
  if (sideEffects === undefined)
    errors.push(requiredValue(`${path}.sideEffects`, 'must specify one of "None", "NoneOnDryRun"'));
  else if (sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') {
    errors.push(unsupportedValue(`${path}.sideEffects`, sideEffects, ['None', 'NoneOnDryRun']));
  }
  if ((webhook.admissionReviewVersions ?? []).length === 0) {
    errors.push(requiredValue(`${path}.admissionReviewVersions`, 'must specify one of v1, v1beta1'));
  }
  const timeout = webhook.timeoutSeconds;
  if (timeout !== undefined && (timeout < 1 || timeout > timeoutMaxSeconds)) {
    errors.push(
      invalidValue(
        `${path}.timeoutSeconds`,
        timeout,
        `the timeout value must be between 1 and ${timeoutMaxSeconds} seconds`,
      ),
    );
  }
  if (webhook.failurePolicy !== undefined && !['Fail', 'Ignore'].includes(webhook.failurePolicy)) {
    errors.push(unsupportedValue(`${path}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']));
  }
  const { url, service } = webhook.clientConfig ?? {};
  if ((url === undefined) === (service === undefined)) {
    errors.push(requiredValue(`${path}.clientConfig`, 'exactly one of url or service is required'));
  }
}
