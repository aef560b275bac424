import { signal, type ReadonlySignal } from '@preact/signals';

import { ApiError, isUnauthenticated, NetworkError } from './problem.ts';
import type { Tabs } from './tabs.ts';
import type { Call, Send } from './transport.ts';

export interface User {
  id: string;
  username: string;
  email: string;
  createdAt: string;
}

/**
 * `starting` until the first response. `failed`: the session can be neither resumed nor ruled out. `ended`: the
 * session was ended elsewhere, or has expired.
 */
export type SessionState =
  | { status: 'starting' | 'anonymous' | 'ended' }
  | { status: 'failed'; error: unknown }
  | { status: 'logged-in'; user: User };

interface Access {
  token: string;
  expiresAtMs: number;
}

/** The messages between tabs. Never stored. */
export type SessionMessage =
  | { type: 'access'; access: Access; user: User }
  | { type: 'logged-out' };

/** Runs one task at a time, in all tabs together: the Web Locks API. */
export type Exclusive = <T>(task: () => Promise<T>) => Promise<T>;

interface SessionOptions {
  send: Send;
  exclusive: Exclusive;
  tabs: Tabs<SessionMessage>;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

export interface Session {
  state: ReadonlySignal<SessionState>;
  /** Resumes the session of the cookie, if there is one. */
  start(): Promise<void>;
  /** @throws ApiError with 401 for wrong credentials */
  logIn(email: string, password: string): Promise<void>;
  /** @throws NetworkError while the session still exists */
  logOut(): Promise<void>;
  /** Leaves a session that no longer exists on the server. Its cookie is removed if the server can be reached. */
  discard(): void;
  /**
   * Sends a request with the access token: a new one if it expires, and once more after a 401. Without a session,
   * rejects with an ApiError of 401 at once.
   */
  send: Send;
}

/** Of the life of a token: a request must not arrive after it. */
const MARGIN_MS = 10_000;

const REFRESH: Call = {
  method: 'POST',
  path: '/api/auth/browser/refresh',
  // A page that is closed meanwhile still gets the new cookie.
  keepalive: true,
  // Less than the reuse interval of the server, 10 s by default: a repetition gets the lost token again.
  timeoutMs: 8000,
};
const LOGOUT: Call = { method: 'POST', path: '/api/auth/browser/logout' };

interface IssuedToken {
  token: string;
  expiresIn: number;
}

/**
 * The session of the user. The access token is kept in memory, of this tab and, by a message, of the others; the
 * refresh token is in a cookie that no script can read. A refresh rotates it, so only one tab refreshes at a time,
 * and the others use its result.
 */
export function createSession(options: SessionOptions): Session {
  const { exclusive, tabs, now = Date.now } = options;
  const state = signal<SessionState>({ status: 'starting' });
  let access: Access | undefined;

  tabs.onMessage((message) => {
    if (message.type === 'access') enter(message.access, message.user);
    else leave('anonymous');
  });

  function enter(next: Access, user: User): void {
    access = next;
    const current = state.peek();
    if (current.status !== 'logged-in' || current.user.id !== user.id) {
      state.value = { status: 'logged-in', user };
    }
  }

  function leave(status: 'anonymous' | 'ended'): void {
    access = undefined;
    if (state.peek().status !== status) state.value = { status };
  }

  function leaveAllTabs(): void {
    leave('anonymous');
    tabs.send({ type: 'logged-out' });
  }

  const isUsable = ({ expiresAtMs }: Access) => now() < expiresAtMs - MARGIN_MS;

  async function adopt({ token, expiresIn }: IssuedToken, known?: User): Promise<Access> {
    const next = { token, expiresAtMs: now() + expiresIn * 1000 };
    const user =
      known ??
      (await options.send<User>(authorized({ method: 'GET', path: '/api/auth/me' }, next)));
    enter(next, user);
    tabs.send({ type: 'access', access: next, user });
    return next;
  }

  function assertSession(): void {
    if (['anonymous', 'ended'].includes(state.peek().status)) throw new ApiError(401);
  }

  /** Sends the request once more at once if its response is lost: the server returns the same successor. */
  async function requestRefresh(): Promise<IssuedToken> {
    try {
      return await options.send<IssuedToken>(REFRESH);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      return options.send<IssuedToken>(REFRESH);
    }
  }

  /** Replaces the access token, unless another tab has done so meanwhile. */
  function refresh(stale: Access | undefined): Promise<Access> {
    return exclusive(async () => {
      assertSession();
      if (access && access !== stale && isUsable(access)) return access;
      const current = state.peek();
      try {
        return await adopt(
          await requestRefresh(),
          current.status === 'logged-in' ? current.user : undefined,
        );
      } catch (error) {
        if (isUnauthenticated(error)) {
          leave(current.status === 'logged-in' ? 'ended' : 'anonymous');
          tabs.send({ type: 'logged-out' });
        }
        throw error;
      }
    });
  }

  async function send<Body>(call: Call): Promise<Body> {
    assertSession();
    const used = access && isUsable(access) ? access : await refresh(access);
    try {
      return await options.send<Body>(authorized(call, used));
    } catch (error) {
      if (!isUnauthenticated(error)) throw error;
      return options.send<Body>(authorized(call, await refresh(used)));
    }
  }

  return {
    state,
    send,

    async start() {
      // Another tab's message may have arrived before.
      if (state.peek().status === 'logged-in') return;
      state.value = { status: 'starting' };
      await refresh(undefined).catch((error: unknown) => {
        if (state.peek().status === 'starting') state.value = { status: 'failed', error };
      });
    },

    logIn: (email, password) =>
      exclusive(async () => {
        const body = { email, password };
        await adopt(
          await options.send<IssuedToken>({
            method: 'POST',
            path: '/api/auth/browser/login',
            body,
          }),
        );
      }),

    logOut: () =>
      exclusive(async () => {
        await options.send(LOGOUT);
        leaveAllTabs();
      }),

    discard() {
      leaveAllTabs();
      exclusive(() => options.send(LOGOUT)).catch(() => undefined);
    },
  };
}

function authorized(call: Call, { token }: Access): Call {
  return { ...call, headers: { ...call.headers, Authorization: `Bearer ${token}` } };
}
