import type { KeyObject } from 'node:crypto';
import type { JWTPayload } from 'jose';
import type { ObjectStore } from '@flotilla/store/object-store';
import type { TokenVerifier } from './token-verifier.ts';
import { serviceAccountUser, type UserInfo } from './user.ts';

export interface ServiceAccountTokenOptions {
  readonly issuer: string;
  /** EC P-256 key pair. */
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly keyId: string;
  /** Audience of tokens that name none. */
  readonly audience: string;
  readonly now: () => number;
  readonly newUid: () => string;
}

export interface TokenRequestSpec {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundObject?: { readonly kind: 'Pod' | 'Secret'; readonly name: string; readonly uid: string };
}

/** Issues and verifies signed service account tokens (JWT). A token ends with its account, its bound object, or its expiry. */
export interface ServiceAccountTokens extends TokenVerifier {
  issue(spec: TokenRequestSpec): Promise<{ readonly token: string; readonly expiresAtMs: number }>;
}

interface KubernetesClaim {
  readonly namespace: string;
  readonly serviceaccount: { readonly name: string; readonly uid: string };
  readonly pod?: { readonly name: string; readonly uid: string };
  readonly secret?: { readonly name: string; readonly uid: string };
}

const cacheLimit = 1000;

/** Ten megabytes of memory that a server nobody sends such tokens to does without. */
const loadJose = () => import('jose');

export function createServiceAccountTokens(
  store: ObjectStore,
  options: ServiceAccountTokenOptions,
): ServiceAccountTokens {
  /** Signatures verified already; what may change (account, expiry) is checked on every use. */
  const verified = new Map<string, JWTPayload>();

  async function payloadOf(token: string): Promise<JWTPayload | undefined> {
    const known = verified.get(token);
    if (known !== undefined) return known;
    const { decodeProtectedHeader, errors, jwtVerify } = await loadJose();
    try {
      if (decodeProtectedHeader(token).kid !== options.keyId) return undefined;
      const { payload } = await jwtVerify(token, options.publicKey, {
        issuer: options.issuer,
        algorithms: ['ES256'],
        currentDate: new Date(options.now()),
      });
      if (verified.size >= cacheLimit) verified.clear();
      verified.set(token, payload);
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
      throw error;
    }
  }

  return {
    async issue(spec) {
      const issuedAt = Math.floor(options.now() / 1000);
      const expiresAt = issuedAt + spec.expirationSeconds;
      const claim: KubernetesClaim = {
        namespace: spec.namespace,
        serviceaccount: { name: spec.name, uid: spec.uid },
        ...(spec.boundObject === undefined
          ? {}
          : { [spec.boundObject.kind.toLowerCase()]: { name: spec.boundObject.name, uid: spec.boundObject.uid } }),
      };
      const { SignJWT } = await loadJose();
      const token = await new SignJWT({ 'kubernetes.io': claim })
        .setProtectedHeader({ alg: 'ES256', kid: options.keyId })
        .setIssuer(options.issuer)
        .setSubject(`system:serviceaccount:${spec.namespace}:${spec.name}`)
        .setAudience(spec.audiences.length === 0 ? [options.audience] : [...spec.audiences])
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(options.newUid())
        .sign(options.privateKey);
      return { token, expiresAtMs: expiresAt * 1000 };
    },
    async verify(token, audiences) {
      if (token.split('.').length !== 3) return undefined;
      const payload = await payloadOf(token);
      if (payload === undefined || (payload.exp ?? 0) * 1000 <= options.now()) return undefined;
      const wanted = audiences.length === 0 ? [options.audience] : audiences;
      const given = typeof payload.aud === 'string' ? [payload.aud] : (payload.aud ?? []);
      if (!wanted.some((audience) => given.includes(audience))) return undefined;
      return userOf(payload['kubernetes.io'] as KubernetesClaim | undefined, store);
    },
  };
}

function userOf(claim: KubernetesClaim | undefined, store: ObjectStore): UserInfo | undefined {
  if (claim === undefined) return undefined;
  const { namespace, serviceaccount, pod, secret } = claim;
  if (!exists(store, 'serviceaccounts', namespace, serviceaccount)) return undefined;
  if (secret !== undefined && !exists(store, 'secrets', namespace, secret)) return undefined;
  if (pod !== undefined && !exists(store, 'pods', namespace, pod)) return undefined;
  const extra =
    pod === undefined
      ? undefined
      : { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] };
  return serviceAccountUser(namespace, serviceaccount.name, serviceaccount.uid, extra);
}

function exists(
  store: ObjectStore,
  resource: string,
  namespace: string,
  reference: { readonly name: string; readonly uid: string },
): boolean {
  return store.get({ group: '', resource }, namespace, reference.name)?.object.metadata.uid === reference.uid;
}
