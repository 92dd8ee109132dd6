import type { PolicyRule } from '../authorization/policy-rule.ts';

/** Verbs as Kubernetes' default roles group them. */
const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const workloads = [
  'daemonsets',
  'deployments',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
];
const coreEditable = [
  'configmaps',
  'events',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'replicationcontrollers/scale',
  'services',
];

const karmadaGroups = [
  'apps.karmada.io',
  'autoscaling.karmada.io',
  'networking.karmada.io',
  'policy.karmada.io',
  'work.karmada.io',
];

export function rule(verbs: readonly string[], apiGroups: readonly string[], resources: readonly string[]): PolicyRule {
  return { verbs, apiGroups, resources };
}

export const viewRules: readonly PolicyRule[] = [
  rule(
    read,
    [''],
    [
      ...coreEditable,
      'bindings',
      'endpoints',
      'limitranges',
      'namespaces',
      'namespaces/status',
      'persistentvolumeclaims/status',
      'pods',
      'pods/log',
      'pods/status',
      'replicationcontrollers/status',
      'resourcequotas',
      'resourcequotas/status',
      'serviceaccounts',
      'services/status',
    ],
  ),
  rule(read, ['discovery.k8s.io'], ['endpointslices']),
  rule(
    read,
    ['apps'],
    [
      'controllerrevisions',
      ...workloads,
      ...workloads.filter((one) => !one.includes('/')).map((one) => `${one}/status`),
    ],
  ),
  rule(read, ['autoscaling'], ['horizontalpodautoscalers', 'horizontalpodautoscalers/status']),
  rule(read, ['batch'], ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']),
  rule(read, ['networking.k8s.io'], ['ingresses', 'ingresses/status', 'networkpolicies']),
  rule(read, ['policy'], ['poddisruptionbudgets', 'poddisruptionbudgets/status']),
  rule(read, karmadaGroups, ['*']),
  rule(read, ['cluster.karmada.io'], ['clusters', 'clusters/status']),
];

export const editRules: readonly PolicyRule[] = [
  rule(read, [''], ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy']),
  rule(['impersonate'], [''], ['serviceaccounts']),
  rule(
    write,
    [''],
    [
      ...coreEditable,
      'pods',
      'pods/attach',
      'pods/exec',
      'pods/portforward',
      'pods/proxy',
      'secrets',
      'serviceaccounts',
      'services/proxy',
    ],
  ),
  rule(['create'], [''], ['pods/eviction', 'serviceaccounts/token']),
  rule(write, ['apps'], [...workloads, 'deployments/rollback']),
  rule(write, ['autoscaling'], ['horizontalpodautoscalers']),
  rule(write, ['batch'], ['cronjobs', 'jobs']),
  rule(write, ['networking.k8s.io'], ['ingresses', 'networkpolicies']),
  rule(write, ['policy'], ['poddisruptionbudgets']),
  rule([...read, ...write], ['coordination.k8s.io'], ['leases']),
  rule(write, karmadaGroups, ['*']),
];

export const adminRules: readonly PolicyRule[] = [
  rule(['create'], ['authorization.k8s.io'], ['localsubjectaccessreviews']),
  rule([...read, ...write], ['rbac.authorization.k8s.io'], ['rolebindings', 'roles']),
];

const discoveryPaths = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
];

export const discoveryRules: readonly PolicyRule[] = [{ verbs: ['get'], nonResourceURLs: discoveryPaths }];

export const publicInfoRules: readonly PolicyRule[] = [
  { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] },
];

export const basicUserRules: readonly PolicyRule[] = [
  rule(['create'], ['authorization.k8s.io'], ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']),
  rule(['create'], ['authentication.k8s.io'], ['selfsubjectreviews']),
];

export const everythingRules: readonly PolicyRule[] = [
  rule(['*'], ['*'], ['*']),
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
