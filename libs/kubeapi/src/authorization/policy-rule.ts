/** A rule of a Role or ClusterRole, as `rbac.authorization.k8s.io/v1` has it. */
export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** `resource` includes the subresource: `pods/log`. */
export interface ResourceAction {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name: string;
}

export function ruleAllows(rule: PolicyRule, { verb, group, resource, name }: ResourceAction): boolean {
  return (
    includes(rule.verbs, verb) &&
    includes(rule.apiGroups, group) &&
    includesResource(rule.resources, resource) &&
    (rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(name))
  );
}

export function ruleAllowsPath(rule: PolicyRule, verb: string, path: string): boolean {
  if (rule.nonResourceURLs === undefined || !includes(rule.verbs, verb)) return false;
  return rule.nonResourceURLs.some(
    (pattern) =>
      pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))),
  );
}

function includes(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values.includes(value) || values.includes('*'));
}

/** `*` is every resource; a star before a subresource is that subresource of every resource. */
function includesResource(resources: readonly string[] | undefined, resource: string): boolean {
  if (resources === undefined) return false;
  if (resources.includes(resource) || resources.includes('*')) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && resources.includes(`*${resource.slice(slash)}`);
}

/** The parts of `wanted` that no rule of `held` grants: what a user would gain by writing such a role. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(atoms).filter((atom) => !held.some((rule) => covers(rule, atom)));
}

/** One verb, group, resource and name each. */
function atoms(rule: PolicyRule): PolicyRule[] {
  const found: PolicyRule[] = [];
  for (const verb of rule.verbs ?? []) {
    for (const url of rule.nonResourceURLs ?? []) found.push({ verbs: [verb], nonResourceURLs: [url] });
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const one = { verbs: [verb], apiGroups: [group], resources: [resource] };
        const names = rule.resourceNames ?? [];
        if (names.length === 0) found.push(one);
        else for (const name of names) found.push({ ...one, resourceNames: [name] });
      }
    }
  }
  return found;
}

function covers(rule: PolicyRule, atom: PolicyRule): boolean {
  const [verb = ''] = atom.verbs ?? [];
  const [url] = atom.nonResourceURLs ?? [];
  if (url !== undefined) return ruleAllowsPath(rule, verb, url);
  const [group = ''] = atom.apiGroups ?? [];
  const [resource = ''] = atom.resources ?? [];
  const [name] = atom.resourceNames ?? [];
  if (name === undefined && (rule.resourceNames?.length ?? 0) > 0) return false;
  return ruleAllows(rule, { verb, group, resource, name: name ?? '' });
}

/** As Go prints it in escalation errors. */
export function formatRule(rule: PolicyRule): string {
  const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
  const parts: string[] = [];
  if (rule.apiGroups?.length) parts.push(`APIGroups:${list(rule.apiGroups)}`);
  if (rule.resources?.length) parts.push(`Resources:${list(rule.resources)}`);
  if (rule.resourceNames?.length) parts.push(`ResourceNames:${list(rule.resourceNames)}`);
  if (rule.nonResourceURLs?.length) parts.push(`NonResourceURLs:${list(rule.nonResourceURLs)}`);
  if (rule.verbs?.length) parts.push(`Verbs:${list(rule.verbs)}`);
  return `{${parts.join(', ')}}`;
}
