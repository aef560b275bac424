import { BEGINNINGS, ENDINGS, HOSTS, SUBJECTS } from './words.ts';

/** A statement and its parameters, as `pg` takes them. */
export interface Statement {
  text: string;
  values: unknown[];
}

/** A version 7 UUID (RFC 9562) of a time: indexes on ids and times then grow at their end. */
const uuidAt = (time: string) => `(
  lpad(to_hex((extract(epoch from ${time}) * 1000)::bigint), 12, '0') || '7' ||
  substr(gen_random_uuid()::text, 16))::uuid`;

/** One of the texts of an array. */
const pick = (texts: string) => `(${texts})[1 + floor(random() * cardinality(${texts}))::int]`;

/** All users, numbered from 1. */
const AUTHORS = `authors as materialized (
  select id, username, row_number() over (order by length(username), username) as number
  from auth.users)`;

/** Users who joined in the year before the first post: no user posts before joining. */
export function addUsers(firstUser: number, users: number, passwordHash: string): Statement {
  return {
    text: `
      insert into auth.users (id, username, email, password_hash, created_at)
      select ${uuidAt('joined_at')}, username, username || '@example.com', $3, joined_at
      from (
        select 'user' || number as username, now() - (1 + random()) * interval '365 days' as joined_at
        from generate_series($1::int, $2::int) number) as users`,
    values: [firstUser, firstUser + users - 1, passwordHash],
  };
}

/**
 * Posts of the past year. Their votes follow Zipf's law: a few posts have most of them. The first users
 * write more than the last.
 *
 * @param scale from `zipfScale`
 */
export function addPosts(posts: number, authors: number, scale: number): Statement {
  return {
    text: `
      with ${AUTHORS},
      ranked as (
        select now() - random() * interval '365 days' as created_at,
          row_number() over (order by random()) as rank
        from generate_series(1, $1::int)),
      summed as (
        select *, round(sum(least($2::float8, $3::float8 / rank)) over (order by rank)) as votes_so_far
        from ranked),
      written as (
        select created_at, row_number() over (order by created_at) as number,
          votes_so_far - lag(votes_so_far, 1, 0::float8) over (order by rank) as votes,
          ${pick('$4::text[]')} || ' ' || ${pick('$5::text[]')} || ${pick('$6::text[]')} as title,
          ${pick('$7::text[]')} as host,
          1 + floor(random() ^ 2 * $2)::int as author
        from summed)
      insert into post.posts (id, title, url, votes, author_id, author_username, created_at)
      select ${uuidAt('written.created_at')}, title,
        'https://' || host || '/' || translate(lower(title), ' ,:?()[]', '-') || '-' || written.number,
        votes, authors.id, authors.username, written.created_at
      from written join authors on authors.number = written.author
      order by written.created_at`,
    values: [posts, authors, scale, BEGINNINGS, SUBJECTS, ENDINGS, HOSTS],
  };
}

/** The votes of the posts of this transaction, each of another user. */
export function addVotes(authors: number): Statement {
  return {
    text: `
      with ${AUTHORS}
      insert into post.votes (post_id, user_id)
      select posts.id, authors.id
      from (
        select id, votes, floor(random() * $1::int)::int as first_voter from post.posts
        where votes > 0 and xmin = pg_current_xact_id()::xid) as posts
      cross join lateral generate_series(first_voter, first_voter + votes - 1) as voter
      join authors on authors.number = 1 + voter % $1::int`,
    values: [authors],
  };
}
