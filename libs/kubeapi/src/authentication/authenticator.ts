import type { Exchange } from '../http/exchange.ts';
import { unauthorized } from '../errors/api-errors.ts';
import { certificateUser } from './certificate-user.ts';
import type { TokenVerifier } from './token-verifier.ts';
import { anonymousUser, authenticated, type UserInfo } from './user.ts';

export interface Authenticator {
  /** Throws ApiError 401 for credentials that are wrong; no credentials at all is the anonymous user. */
  authenticate(exchange: Exchange): UserInfo | Promise<UserInfo>;
  /** For TokenReview. */
  reviewToken(token: string, audiences: readonly string[]): Promise<UserInfo | undefined>;
}

export interface AuthenticatorDeps {
  /** Asked in order; the first that knows the token decides. */
  readonly tokenVerifiers: readonly TokenVerifier[];
}

/** Client certificates (verified by TLS against the server's CA) and bearer tokens. */
export function createAuthenticator({ tokenVerifiers }: AuthenticatorDeps): Authenticator {
  async function verify(token: string, audiences: readonly string[]): Promise<UserInfo | undefined> {
    for (const verifier of tokenVerifiers) {
      // One after the other: the first that recognises the token decides.
      // oxlint-disable-next-line no-await-in-loop
      const user = await verifier.verify(token, audiences);
      if (user !== undefined) return authenticated(user);
    }
    return undefined;
  }
  async function byToken(header: string): Promise<UserInfo> {
    const match = /^bearer\s+(\S+)\s*$/i.exec(header);
    const user = match?.[1] === undefined ? undefined : await verify(match[1], []);
    if (user === undefined) throw unauthorized();
    return user;
  }
  return {
    authenticate(exchange) {
      const header = exchange.headers.authorization;
      if (header !== undefined) return byToken(header);
      return certificateUser(exchange.socket) ?? anonymousUser;
    },
    reviewToken: verify,
  };
}
