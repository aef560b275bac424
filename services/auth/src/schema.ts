import type { Schema } from '@relay/service-kit';

/** The auth service's tables. */
export const authSchema: Schema = {
  name: 'auth',
  migrations: [
    {
      name: '001-users-and-sessions',
      async up(knex) {
        await knex.raw(`
          create table users (
            id uuid primary key,
            username text not null check (char_length(username) between 3 and 32),
            email text not null check (char_length(email) between 3 and 254),
            password_hash text not null,
            created_at timestamptz(3) not null default now()
          );
          create unique index users_username_key on users (lower(username));
          create unique index users_email_key on users (lower(email));

          create table sessions (
            id uuid primary key,
            user_id uuid not null references users on delete cascade,
            expires_at timestamptz not null,
            revoked_at timestamptz
          );
          create index sessions_user_id on sessions (user_id);

          create table refresh_tokens (
            hash bytea primary key check (octet_length(hash) = 32),
            session_id uuid not null references sessions on delete cascade,
            used_at timestamptz
          );
          create index refresh_tokens_session_id on refresh_tokens (session_id);
        `);
      },
      async down(knex) {
        await knex.raw('drop table refresh_tokens, sessions, users');
      },
    },
  ],
};
