/** The reverse of matching: which templates a policy may be about, through an index of the templates by kind, namespace and name. */
import type { KubeObject } from '@flotilla/kinds/kube-object';
import { templateFacts, type CompiledPolicy, type CompiledSelector, type TemplateFacts } from './compiled-policy.ts';

/** Templates by their exact apiVersion and kind. */
export interface TemplateSource {
  get(apiVersion: string, kind: string, namespace: string, name: string): KubeObject | undefined;
  /** Of one namespace, or of all, cluster-scoped ones included. */
  list(apiVersion: string, kind: string, namespace: string | undefined): Iterable<KubeObject>;
}

/** Each template once. */
export function selectedTemplates(policy: CompiledPolicy, source: TemplateSource): ReadonlySet<KubeObject> {
  const selected = new Set<KubeObject>();
  for (const selector of policy.selectors) {
    for (const template of candidates(selector, source)) {
      if (selects(selector, templateFacts(template))) selected.add(template);
    }
  }
  return selected;
}

/** Without namespace a named selector can mean a template in any of them, so all of the kind are looked through. */
function candidates(
  { source: selector, namespace, strength }: CompiledSelector,
  source: TemplateSource,
): Iterable<KubeObject> {
  const { apiVersion, kind, name = '' } = selector;
  if (strength !== 3 || namespace === undefined) return source.list(apiVersion, kind, namespace);
  const template = source.get(apiVersion, kind, namespace, name);
  return template === undefined ? [] : [template];
}

export function selects(selector: CompiledSelector, template: TemplateFacts): boolean {
  const { source, namespace, strength, matchesLabels } = selector;
  if (source.apiVersion !== template.apiVersion || source.kind !== template.kind) return false;
  if (namespace !== undefined && namespace !== template.namespace) return false;
  return strength === 3 ? source.name === template.name : matchesLabels(template.labels);
}
