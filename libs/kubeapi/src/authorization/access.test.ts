import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRoleAggregation } from '../controllers/role-aggregation.ts';
import { configMap, startApi, type ApiUnderTest } from '../testing/api-under-test.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

describe('access', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({ controllers: [createRoleAggregation] });
    await api.idle();
  });
  afterAll(() => api.close());

  const as = (user: string, method: string, path: string, body?: unknown) =>
    api.call(method, path, { headers: { 'impersonate-user': user }, ...(body === undefined ? {} : { body }) });
  const bind = (user: string, kind: 'Role' | 'ClusterRole', role: string) => ({
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `${user}-${role}` },
    roleRef: { apiGroup, kind, name: role },
    subjects: [{ apiGroup, kind: 'User', name: user }],
  });

  it('is refused in the words of Kubernetes', async () => {
    const answer = await as('eve', 'GET', '/api/v1/namespaces/default/pods');
    expect(answer).toMatchObject({
      status: 403,
      body: {
        message: 'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "default"',
      },
    });
  });

  it('follows roles and bindings as they come and go', async () => {
    const roles = `${rbac}/namespaces/default/roles`;
    await api.create(roles, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata: { name: 'reader' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'], resourceNames: [] }],
    });
    const list = async () => (await as('rita', 'GET', '/api/v1/namespaces/default/configmaps')).status;
    expect(await list()).toBe(403);
    await api.create(`${rbac}/namespaces/default/rolebindings`, bind('rita', 'Role', 'reader'));
    expect(await list()).toBe(200);
    expect((await as('rita', 'GET', '/api/v1/namespaces/kube-system/configmaps')).status).toBe(403);
    expect((await as('rita', 'POST', '/api/v1/namespaces/default/configmaps', configMap('x'))).status).toBe(403);
    await api.call('DELETE', `${roles}/reader`);
    expect(await list()).toBe(403);
  });

  it('cannot be raised by writing roles', async () => {
    await api.create(`${rbac}/namespaces/default/rolebindings`, bind('ann', 'ClusterRole', 'admin'));
    const role = (resources: readonly string[]) => ({
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata: { generateName: 'r-' },
      rules: [{ apiGroups: [''], resources, verbs: ['get'] }],
    });
    const roles = `${rbac}/namespaces/default/roles`;
    expect((await as('ann', 'POST', roles, role(['pods']))).status).toBe(201);
    const refused = await as('ann', 'POST', roles, role(['nodes']));
    expect(refused.status).toBe(403);
    expect(refused.body.message).toContain('is attempting to grant RBAC permissions not currently held');
    const bound = await as(
      'ann',
      'POST',
      `${rbac}/namespaces/default/rolebindings`,
      bind('ann', 'ClusterRole', 'cluster-admin'),
    );
    expect(bound.status).toBe(403);
  });

  it('can be asked about', async () => {
    const review = (user: string) =>
      as(user, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace: 'default', verb: 'list', resource: 'pods' } },
      });
    expect((await review('ann')).body.status).toMatchObject({ allowed: true });
    expect((await review('eve')).body.status).toEqual({ allowed: false });
    const self = await as('eve', 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(self.body.status.userInfo).toEqual({ username: 'eve', groups: ['system:authenticated'] });
  });

  it('is anonymous for health and version only', async () => {
    const status = async (path: string) => (await api.call('GET', path, { token: '' })).status;
    expect(await status('/readyz')).toBe(200);
    expect(await status('/version')).toBe(200);
    expect(await status('/api/v1/namespaces')).toBe(403);
    expect(await status('/apis')).toBe(403);
    expect((await api.call('GET', '/readyz', { token: 'wrong' })).status).toBe(200);
    expect((await api.call('GET', '/api', { token: 'wrong' })).status).toBe(401);
  });

  it('needs the right to act as somebody else', async () => {
    await api.create(`${rbac}/clusterrolebindings`, {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'unused' },
      roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
      subjects: [{ apiGroup, kind: 'User', name: 'vic' }],
    });
    const answer = await api.call('GET', '/api/v1/namespaces', { headers: { 'impersonate-group': 'a' } });
    expect(answer.status).toBe(400);
    expect((await as('vic', 'GET', '/api/v1/namespaces')).status).toBe(200);
  });
});
