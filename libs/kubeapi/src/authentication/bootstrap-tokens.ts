import { timingSafeEqual } from 'node:crypto';
import type { KubeObject } from '@flotilla/kinds/kube-object';
import type { ObjectStore } from '@flotilla/store/object-store';
import type { TokenVerifier } from './token-verifier.ts';

const tokenSyntax = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;

/** Tokens kept as Secrets `kube-system/bootstrap-token-<id>` of type `bootstrap.kubernetes.io/token`. */
export function bootstrapTokens(store: ObjectStore, now: () => number): TokenVerifier {
  return {
    verify(token) {
      const match = tokenSyntax.exec(token);
      if (match?.[1] === undefined || match[2] === undefined) return undefined;
      const secret = store.get(
        { group: '', resource: 'secrets' },
        'kube-system',
        `bootstrap-token-${match[1]}`,
      )?.object;
      if (secret === undefined || secret['type'] !== 'bootstrap.kubernetes.io/token') return undefined;
      if (secret.metadata.deletionTimestamp !== undefined || !isEqual(read(secret, 'token-secret'), match[2]))
        return undefined;
      const expiration = read(secret, 'expiration');
      if (expiration !== '' && !(Date.parse(expiration) > now())) return undefined;
      if (read(secret, 'usage-bootstrap-authentication') !== 'true') return undefined;
      const extraGroups = read(secret, 'auth-extra-groups')
        .split(',')
        .filter((group) => group.startsWith('system:bootstrappers:'));
      return { name: `system:bootstrap:${match[1]}`, groups: ['system:bootstrappers', ...extraGroups] };
    },
  };
}

function read(secret: KubeObject, key: string): string {
  const data = secret['data'] as Readonly<Record<string, string>> | undefined;
  const value = data !== undefined && Object.hasOwn(data, key) ? data[key] : undefined;
  return value === undefined ? '' : Buffer.from(value, 'base64').toString('utf8');
}

function isEqual(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
