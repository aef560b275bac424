import type { Api } from './api.ts';
import { credentialsOf, issued, type Issued, type User } from './setup.ts';

const RETRY_MS = 10_000;

interface Session {
  token: string;
  renewAtMs: number;
  /** Each client needs its own: used by two, it would end its session. */
  refreshToken?: string;
}

// Each client of k6 has a copy of this module.
let own: Session | undefined;

/**
 * A token that is still good: the user's at first, then one of this client's own. It is renewed long
 * before its end, at a time that differs from client to client, for logins and refreshes are limited
 * for each address.
 */
export function tokenOf(api: Api, user: User): string {
  own ??= { token: user.token, renewAtMs: renewalOf(user) };
  if (Date.now() < own.renewAtMs) return own.token;
  const { refreshToken } = own;
  const answer = refreshToken ? api.refresh(refreshToken) : api.login(credentialsOf(user));
  if (answer.status === 200) {
    const renewed = JSON.parse(String(answer.body)) as Issued;
    const { token, refreshToken: next } = renewed;
    own = { token, renewAtMs: renewalOf(issued(renewed)), refreshToken: next };
  } else {
    // The token is used until it expires. After the end of a session the client logs in again.
    own = { token: own.token, renewAtMs: Date.now() + RETRY_MS };
  }
  return own.token;
}

/** When between half and nine tenths of its life are over. */
function renewalOf({ expiresAtMs, lifeMs }: Pick<User, 'expiresAtMs' | 'lifeMs'>): number {
  return expiresAtMs - lifeMs * (0.1 + 0.4 * Math.random());
}
