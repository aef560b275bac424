/**
 * The tables, with their schema: behind a transaction pooler, the search path of a connection may be
 * another client's.
 */
export const USERS = 'auth.users';
export const SESSIONS = 'auth.sessions';
export const REFRESH_TOKENS = 'auth.refresh_tokens';
