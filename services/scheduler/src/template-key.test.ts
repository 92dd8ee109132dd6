import { describe, expect, it } from 'vitest';

import { isTemplate } from './template-key.ts';

describe('isTemplate', () => {
  it.each([
    ['a Deployment of a user', 'apps', 'deployments', 'shop', 'web', true],
    ['a namespace of a user', '', 'namespaces', '', 'shop', true],
    ['a reserved namespace', '', 'namespaces', '', 'kube-system', false],
    ['an execution space', '', 'namespaces', '', 'karmada-es-member1', false],
    ['what is in a reserved namespace', '', 'configmaps', 'kube-system', 'x', false],
    ['a cluster role named like a reserved namespace', 'rbac.authorization.k8s.io', 'clusterroles', '', 'kube-x', true],
    ['a policy', 'policy.karmada.io', 'propagationpolicies', 'shop', 'web', false],
    ['an event', '', 'events', 'shop', 'web.1', false],
  ])('%s', (_title, group, resource, namespace, name, expected) => {
    expect(isTemplate({ resource: { group, resource }, namespace, name })).toBe(expected);
  });
});
