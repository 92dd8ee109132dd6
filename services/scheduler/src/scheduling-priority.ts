import { templateFacts } from '@flotilla/placement/policy/compiled-policy';
import { bindingOf } from './binding.ts';
import { checkRequirements } from './policy-requirements.ts';
import type { TemplatePlanDeps } from './template-plan.ts';
import { parseTemplateKey, type TemplateKey } from './template-key.ts';

/** Priority that the binding has, or will have by the policy that selects the template best. 0 = none. */
export function schedulingPriority(
  { bindings, policies, store }: Pick<TemplatePlanDeps, 'bindings' | 'policies' | 'store'>,
  key: TemplateKey,
): number {
  const binding = bindings.of(key);
  if (binding !== undefined) return bindingOf(binding).spec.schedulePriority?.priority ?? 0;
  const { resource, namespace, name } = parseTemplateKey(key);
  const template = store.get(resource, namespace, name);
  const policy = template && policies.matches(templateFacts(template.object))[0]?.policy;
  if (policy?.source.spec.schedulePriority === undefined) return 0;
  const requirements = checkRequirements(store, policy);
  return requirements.kind === 'met' ? (requirements.priority ?? 0) : 0;
}
