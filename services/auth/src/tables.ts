/** Table names, qualified because behind a transaction pooler the search path may be another client's. */
export const USERS = 'auth.users';
export const SESSIONS = 'auth.sessions';
export const REFRESH_TOKENS = 'auth.refresh_tokens';
export const REMOVED_USERS = 'auth.removed_users';
