import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startApi } from '../testing/api-under-test.ts';
import { createServiceAccountTokens } from './service-account-tokens.ts';

describe('service account tokens', () => {
  it('end with their time, their account, and at other audiences', async () => {
    const api = await startApi();
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    const { metadata } = await api.create(accounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot' },
    });
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const tokens = createServiceAccountTokens(api.store, {
      issuer: 'https://issuer',
      audience: 'https://api',
      ...keys,
      keyId: 'k1',
      now: () => api.clock.nowMs,
      newUid: () => 'id',
    });
    const { token } = await tokens.issue({
      namespace: 'default',
      name: 'robot',
      uid: metadata.uid ?? '',
      audiences: [],
      expirationSeconds: 600,
    });
    expect(await tokens.verify(token, [])).toMatchObject({
      name: 'system:serviceaccount:default:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default'],
    });
    expect(await tokens.verify(token, ['elsewhere'])).toBeUndefined();
    expect(await tokens.verify(`${token.slice(0, -4)}AAAA`, [])).toBeUndefined();
    expect(await tokens.verify('not.a.token', [])).toBeUndefined();
    api.clock.nowMs += 601_000;
    expect(await tokens.verify(token, [])).toBeUndefined();
    api.clock.nowMs -= 601_000;
    await api.call('DELETE', `${accounts}/robot`);
    expect(await tokens.verify(token, [])).toBeUndefined();
    await api.close();
  });
});
