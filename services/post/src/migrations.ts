import { outboxMigration } from '@relay/cache/outbox';
import type { Schema } from '@relay/service-kit/postgres/migrations';

/** Unqualified: the search path of a migration is its schema. */
const cacheOutbox = outboxMigration('cache_outbox');

/** The schema of the post service. Users exist in tokens only, so there is no users table to reference. */
export const postSchema: Schema = {
  name: 'post',
  migrations: [
    {
      name: '001-posts-and-votes',
      async up(knex) {
        // No question mark, which Knex would take for a parameter.
        // timestamptz(3): the precision of a JavaScript date, and so of a cursor.
        await knex.raw(`
          create table posts (
            id uuid primary key,
            title text not null check (char_length(title) between 1 and 300),
            url text not null check (char_length(url) <= 2048 and url ~ '^https{0,1}://'),
            votes integer not null default 0 check (votes >= 0),
            author_id uuid not null,
            author_username text not null,
            created_at timestamptz(3) not null default clock_timestamp()
          );
          create index posts_newest on posts (created_at desc, id desc);
          create index posts_by_author on posts (author_id, created_at desc, id desc);
          create index posts_top on posts (votes desc, created_at desc, id desc);

          create table votes (
            post_id uuid not null references posts on delete cascade,
            user_id uuid not null,
            primary key (post_id, user_id)
          );
        `);
      },
      async down(knex) {
        await knex.raw('drop table votes, posts');
      },
    },
    {
      name: '002-cache-outbox',
      up: (knex) => knex.raw(cacheOutbox.up),
      down: (knex) => knex.raw(cacheOutbox.down),
    },
    {
      name: '003-idempotency-keys',
      async up(knex) {
        // json, not jsonb: a replay must return the bytes of the first response.
        await knex.raw(`
          create table post.idempotency_keys (
            user_id uuid not null,
            key text collate "C" not null check (char_length(key) between 1 and 255),
            fingerprint bytea not null,
            post json not null,
            expires_at timestamptz not null,
            primary key (user_id, key)
          );
          create index idempotency_keys_expiry on post.idempotency_keys (expires_at);
        `);
      },
      async down(knex) {
        await knex.raw('drop table post.idempotency_keys');
      },
    },
  ],
};
