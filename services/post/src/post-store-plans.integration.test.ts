import { randomUUID } from 'node:crypto';

import { testDatabase } from '@relay/dev-servers/testing';
import { connectDatabase } from '@relay/service-kit/postgres/database';
import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { postSchema } from './migrations.ts';
import { createPostStore } from './post-store.ts';
import { migrated } from './testing/migrated.ts';

const url = await migrated(await testDatabase());
const settings = { url, schema: postSchema.name, applicationName: 'post-store-plans-test' };
const db = connectDatabase({ ...settings, poolSize: 1, statementTimeoutMs: 60_000 });
afterAll(() => db.destroy());
const store = createPostStore(db);

/** Ids that can be named again: the nth author, post or voter. */
const nth = (kind: 'a' | 'b' | 'c', n: string) =>
  `('${kind}0000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const AUTHOR_OF_MANY = 'a0000000-0000-7000-8000-000000000000';
const AUTHOR_OF_FEW = 'a0000000-0000-7000-8000-000000000007';
const POST = 'b0000000-0000-7000-8000-000000050000';
const POSTS = [POST, 'b0000000-0000-7000-8000-000000000003', randomUUID()];
const VOTER = 'c0000000-0000-7000-8000-000000000001';

// 100,000 posts by 1,000 authors, every tenth by the same one; some 300,000 votes.
beforeAll(async () => {
  await db.raw(`
    insert into post.posts (id, title, url, author_id, author_username, created_at)
    select ${nth('b', 'n')}, 'Post ' || n, 'https://example.com/' || n,
      ${nth('a', 'case when n % 10 = 0 then 0 else n % 1000 end')}, 'author',
      timestamptz '2026-01-01' + n * interval '1 second'
    from generate_series(1, 100000) n`);
  await db.raw(`
    insert into post.votes (post_id, user_id)
    select ${nth('b', 'n')}, ${nth('c', 'v')}
    from generate_series(1, 100000) n, generate_series(1, 1 + n % 5) v`);
  await db.raw(`update post.posts set votes = 1 + substr(title, 6)::integer % 5`);
  await db.raw('vacuum (analyze) post.posts, post.votes');
});

interface PlanNode {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: PlanNode[];
}

/** The plans of the statements that the store sends for a call, run and rolled back. */
async function plansOf(call: (store: ReturnType<typeof createPostStore>) => Promise<unknown>) {
  const sent: { sql: string; bindings: Knex.RawBinding[] }[] = [];
  const listen = ({ sql, bindings }: { sql: string; bindings: Knex.RawBinding[] }) =>
    void sent.push({ sql, bindings });
  db.on('query', listen);
  await call(store);
  db.off('query', listen);
  const plans: PlanNode[] = [];
  for (const { sql, bindings } of sent) {
    const explain = await db.transaction();
    // The driver's placeholders are returned unchanged.
    const statement = sql.replaceAll(/\$\d+/g, '?');
    const { rows } = await explain.raw(`explain (analyze, format json) ${statement}`, bindings);
    await explain.rollback();
    plans.push(rows[0]['QUERY PLAN'][0].Plan as PlanNode);
  }
  return plans;
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)];
}

const createdAt = new Date('2026-01-01T12:00:00Z');
const after = { createdAt, id: POST };

test.each<[string, number, (posts: typeof store) => Promise<unknown>]>([
  ['the first page', 51, (posts) => posts.list({ limit: 50 })],
  ['a page after a cursor', 51, (posts) => posts.list({ limit: 50, after })],
  [
    'the last page',
    0,
    (posts) => posts.list({ limit: 50, after: { createdAt: new Date(0), id: POST } }),
  ],
  ['an author of many posts', 51, (posts) => posts.list({ limit: 50, authorId: AUTHOR_OF_MANY })],
  [
    'an author of many, after a cursor',
    51,
    (posts) => posts.list({ limit: 50, after, authorId: AUTHOR_OF_MANY }),
  ],
  ['an author of few posts', 11, (posts) => posts.list({ limit: 10, authorId: AUTHOR_OF_FEW })],
  ['an author of none', 0, (posts) => posts.list({ limit: 50, authorId: randomUUID() })],
  ['the top', 10, (posts) => posts.top(10)],
  ['one post', 1, (posts) => posts.findById(POST)],
])('%s: an index is followed from its first row to its last', async (_name, rows, call) => {
  const [plan, ...others] = await plansOf(call);
  expect(others).toEqual([]);
  const nodes = flatten(plan!);
  expect(nodes.map((node) => node['Node Type'])).toEqual(['Limit', 'Index Scan']);
  // Nothing that was read is discarded.
  expect(nodes.at(-1)!['Actual Rows']).toBe(rows);
});

test.each<[string, (posts: typeof store) => Promise<unknown>]>([
  ['a vote', (posts) => posts.setVote({ postId: POST, userId: randomUUID(), up: true })],
  ['a vote given before', (posts) => posts.setVote({ postId: POST, userId: VOTER, up: true })],
  ['a vote taken back', (posts) => posts.setVote({ postId: POST, userId: VOTER, up: false })],
  ['the votes of a user', (posts) => posts.votedAmong(POSTS, VOTER)],
  ["another user's post to be removed", (posts) => posts.remove(POST, randomUUID())],
  ['the authors with a name', (posts) => posts.namedAuthors([AUTHOR_OF_FEW, randomUUID()])],
  ['names removed', (posts) => posts.removeAuthorName(AUTHOR_OF_FEW, 3)],
  ['a post removed', (posts) => posts.remove(POST, AUTHOR_OF_MANY)],
])('%s: tables are reached by index alone, a handful of rows', async (_name, call) => {
  const plans = await plansOf(call);
  expect(plans.length).toBeGreaterThan(0);
  for (const node of plans.flatMap(flatten)) {
    expect(node['Node Type']).not.toMatch(/Seq Scan|Sort|Bitmap/);
    expect(node['Actual Rows'] * node['Actual Loops']).toBeLessThanOrEqual(5);
  }
});
