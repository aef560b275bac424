import { unlessGone } from './problem.ts';
import type { Send } from './transport.ts';

/** A login of the user on some device. Times are ISO 8601. */
export interface DeviceSession {
  id: string;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
  userAgent: string | null;
  current: boolean;
}

export interface Registration {
  username: string;
  email: string;
  password: string;
}

/** The calls of the auth service that the page makes. All may throw an ApiError or a NetworkError. */
export interface AccountApi {
  register(registration: Registration): Promise<void>;
  changePassword(passwords: { currentPassword: string; newPassword: string }): Promise<void>;
  sessions(): Promise<readonly DeviceSession[]>;
  /** Resolves too if the session has ended already. */
  endSession(id: string): Promise<void>;
  endOtherSessions(): Promise<void>;
  deleteAccount(password: string): Promise<void>;
}

/**
 * @param sendAnonymously for the registration
 * @param send with the access token
 */
export function createAccountApi(sendAnonymously: Send, send: Send): AccountApi {
  return {
    register: (body) => sendAnonymously({ method: 'POST', path: '/api/auth/users', body }),
    changePassword: (body) => send({ method: 'PUT', path: '/api/auth/me/password', body }),

    async sessions() {
      const path = '/api/auth/me/sessions';
      return (await send<{ sessions: DeviceSession[] }>({ method: 'GET', path })).sessions;
    },

    endSession: (id) => unlessGone(send({ method: 'DELETE', path: `/api/auth/me/sessions/${id}` })),

    endOtherSessions: () => send({ method: 'DELETE', path: '/api/auth/me/sessions' }),
    deleteAccount: (password) =>
      send({ method: 'DELETE', path: '/api/auth/me', body: { password } }),
  };
}
