import type { MutableKubeObject } from '../../kind-definition.ts';

interface Webhook {
  failurePolicy?: string;
  matchPolicy?: string;
  reinvocationPolicy?: string;
  timeoutSeconds?: number;
  namespaceSelector?: object;
  objectSelector?: object;
  clientConfig?: { service?: { port?: number } };
  rules?: { scope?: string }[];
}

const timeoutSecondsDefault = 10;

export function setWebhookDefaults(draft: MutableKubeObject, isMutating: boolean): void {
  for (const webhook of (draft as { webhooks?: Webhook[] }).webhooks ?? []) {
    webhook.failurePolicy ??= 'Fail';
    webhook.matchPolicy ??= 'Equivalent';
    webhook.namespaceSelector ??= {};
    webhook.objectSelector ??= {};
    webhook.timeoutSeconds ??= timeoutSecondsDefault;
    if (isMutating) webhook.reinvocationPolicy ??= 'Never';
    if (webhook.clientConfig?.service !== undefined) webhook.clientConfig.service.port ??= 443;
    for (const rule of webhook.rules ?? []) rule.scope ??= '*';
  }
}

interface MatchResources {
  matchPolicy?: string;
  namespaceSelector?: object;
  objectSelector?: object;
  resourceRules?: { scope?: string }[];
  excludeResourceRules?: { scope?: string }[];
}

function setMatchDefaults(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

export function setPolicyDefaults(draft: MutableKubeObject): void {
  const spec = draft['spec'] as { failurePolicy?: string; matchConstraints?: MatchResources } | undefined;
  if (spec === undefined) return;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

export function setPolicyBindingDefaults(draft: MutableKubeObject): void {
  setMatchDefaults((draft['spec'] as { matchResources?: MatchResources } | undefined)?.matchResources);
}
