import { createHash } from 'node:crypto';
import type { UserInfo } from './user.ts';

/** One way to tell whose bearer token this is. */
export interface TokenVerifier {
  /** undefined: not a token of this kind, or not valid. `audiences` empty = those of the API server. */
  verify(token: string, audiences: readonly string[]): UserInfo | undefined | Promise<UserInfo | undefined>;
}

/** Tokens from configuration. Compared by hash, so that timing tells nothing about the stored tokens. */
export function staticTokens(users: ReadonlyMap<string, UserInfo>): TokenVerifier {
  const byHash = new Map([...users].map(([token, user]) => [hash(token), user]));
  return { verify: (token) => byHash.get(hash(token)) };
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
