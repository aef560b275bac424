import type { Schema } from '@relay/service-kit/postgres/migrations';

/** The schema of the auth service. */
export const authSchema: Schema = {
  name: 'auth',
  migrations: [
    {
      name: '001-users-and-sessions',
      async up(knex) {
        await knex.raw(`
          create table auth.users (
            id uuid primary key,
            username text not null check (char_length(username) between 3 and 32),
            email text not null check (char_length(email) between 3 and 254),
            password_hash text not null,
            created_at timestamptz(3) not null default now()
          );
          create unique index users_username_key on auth.users (lower(username));
          create unique index users_email_key on auth.users (lower(email));

          create table auth.sessions (
            id uuid primary key,
            user_id uuid not null references auth.users on delete cascade,
            expires_at timestamptz not null,
            revoked_at timestamptz
          );
          create index sessions_user_id on auth.sessions (user_id);

          create table auth.refresh_tokens (
            hash bytea primary key check (octet_length(hash) = 32),
            session_id uuid not null references auth.sessions on delete cascade,
            used_at timestamptz
          );
          create index refresh_tokens_session_id on auth.refresh_tokens (session_id);
        `);
      },
      async down(knex) {
        await knex.raw('drop table auth.refresh_tokens, auth.sessions, auth.users');
      },
    },
    {
      name: '002-refresh-token-reuse',
      async up(knex) {
        // Null in rows that pods of the previous version have marked used.
        await knex.raw(
          'alter table auth.refresh_tokens add column if not exists successor_salt bytea',
        );
      },
      async down(knex) {
        await knex.raw('alter table auth.refresh_tokens drop column successor_salt');
      },
    },
    {
      name: '003-session-expiry-index',
      // `concurrently`: pods of the previous version keep writing sessions.
      config: { transaction: false },
      async up(knex) {
        // An interrupted build leaves an invalid index behind.
        await knex.raw('drop index concurrently if exists auth.sessions_expires_at');
        await knex.raw(
          'create index concurrently sessions_expires_at on auth.sessions (expires_at)',
        );
      },
      async down(knex) {
        await knex.raw('drop index concurrently if exists auth.sessions_expires_at');
      },
    },
    {
      name: '004-session-details',
      async up(knex) {
        // Pods of the previous version insert rows without these; of older rows, the start is unknown and
        // becomes the time of this migration.
        await knex.raw(`
          alter table auth.sessions
            add column if not exists created_at timestamptz(3) not null default now(),
            add column if not exists last_used_at timestamptz(3),
            add column if not exists user_agent varchar(200)`);
      },
      async down(knex) {
        await knex.raw(`
          alter table auth.sessions
            drop column created_at, drop column last_used_at, drop column user_agent`);
      },
    },
    {
      name: '005-removed-users',
      async up(knex) {
        // timestamptz(3): the precision of a JavaScript date, and so of a cursor.
        await knex.raw(`
          create table auth.removed_users (
            user_id uuid primary key,
            removed_at timestamptz(3) not null
          );
          create index removed_users_by_time on auth.removed_users (removed_at, user_id);
        `);
      },
      async down(knex) {
        await knex.raw('drop table auth.removed_users');
      },
    },
  ],
};
