import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import createKnex, { type Knex } from 'knex';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';

import type { Author } from './post.ts';
import type { FetchRemovedUsers } from './removed-users.ts';
import { migrated } from './testing/migrated.ts';
import { runService, type Caller } from './testing/running-service.ts';
import { createSigner, newAuthor } from './testing/tokens.ts';

const draft = { title: 'A title', url: 'https://a.example/' };
/** At most the time of a run, with its jitter, on a busy machine. */
const WITHIN = { timeout: 15_000, interval: 50 };

let databaseUrl: string;
let db: Knex;
beforeAll(async () => {
  databaseUrl = await migrated(await testDatabase());
  db = createKnex({ client: 'pg', connection: databaseUrl });
});
afterAll(() => db.destroy());

/** Pods of the service with one Redis, and the users that the auth service has removed. */
async function setUp({ pods = 1, removed = [] as Author[] } = {}) {
  const feed = vi.fn<FetchRemovedUsers>(async () => ({
    removed: removed.map(({ id }) => ({ userId: id, removedAt: '2026-01-01T00:00:00.000Z' })),
    next: null,
  }));
  const signer = await createSigner();
  const redisUrl = await testRedis();
  const services = [];
  for (let pod = 0; pod < pods; pod += 1) {
    const environment = { REMOVED_USERS_POLL_SECONDS: '1' };
    const given = { databaseUrl, redisUrl, signer, environment, fetchRemovedUsers: feed };
    const service = await runService(given);
    onTestFinished(async () => void (await service.stop()));
    await service.ready;
    services.push(service);
  }
  return { services, service: services[0]!, feed, removed };
}

async function post(call: Caller): Promise<string> {
  const { status, json } = await call('POST', '/api/posts', { body: draft });
  expect(status).toBe(201);
  return json.id;
}

const nameIn = async (call: Caller, path: string, id: string) => {
  const { json } = await call('GET', path);
  const shown = json.posts ? json.posts.find((one: { id: string }) => one.id === id) : json;
  return shown.author.username as string;
};

const placesOf = (id: string, author: Author) => [
  '/api/posts',
  '/api/posts/top',
  `/api/posts?user=${author.id}`,
  `/api/posts/${id}`,
];

test('the posts of a removed user stay, with their votes and without the name, cached or not', async () => {
  const { service, removed } = await setUp();
  const [ann, bob] = [newAuthor(), newAuthor()];
  const [asAnn, asBob] = [await service.as(ann), await service.as(bob)];
  const [id, bobs] = [await post(asAnn), await post(asBob)];
  await asBob('PUT', `/api/posts/${id}/upvote`);
  await asAnn('PUT', `/api/posts/${bobs}/upvote`);
  for (const place of placesOf(id, ann)) {
    expect(await nameIn(asBob, place, id)).toBe(ann.username);
    await asBob('GET', place);
  }

  removed.push(ann);
  for (const place of placesOf(id, ann)) {
    await expect.poll(() => nameIn(asBob, place, id), WITHIN).toBe('[removed]');
  }
  const { json } = await asBob('GET', `/api/posts/${id}`);
  expect(json).toMatchObject({ votes: 1, author: { id: ann.id } });
  expect((await asBob('GET', `/api/posts/${bobs}`)).json).toMatchObject({ votes: 1, author: bob });
});

test('a post that the removed user makes with a token that is still valid loses the name, too', async () => {
  const { service, removed } = await setUp();
  const ann = newAuthor();
  const asAnn = await service.as(ann);
  const first = await post(asAnn);
  removed.push(ann);
  await expect.poll(() => nameIn(asAnn, `/api/posts/${first}`, first), WITHIN).toBe('[removed]');
  const second = await post(asAnn);
  await expect.poll(() => nameIn(asAnn, `/api/posts/${second}`, second), WITHIN).toBe('[removed]');
});

test('several pods share the posts of an author, and each post is changed once', async () => {
  const ann = newAuthor();
  const rows = Array.from({ length: 450 }, () => ({
    id: newAuthor().id,
    ...draft,
    author_id: ann.id,
    author_username: ann.username,
  }));
  await db('post.posts').insert(rows);
  const { services, removed } = await setUp({ pods: 3 });
  removed.push(ann);
  const named = async () =>
    (await db('post.posts').where({ author_id: ann.id, author_username: ann.username })).length;
  await expect.poll(named, WITHIN).toBe(0);
  const counted = async () => {
    const counts = [];
    for (const { admin } of services) {
      const { text } = await admin('/metrics');
      counts.push(Number(/^post_author_names_removed_total (\d+)$/m.exec(text)?.[1]));
    }
    return counts.reduce((sum, count) => sum + count, 0);
  };
  await expect.poll(counted, WITHIN).toBe(450);
});

test('a post that was locked during the first run loses the name in a later run', async () => {
  const ann = newAuthor();
  const names = { author_id: ann.id, author_username: ann.username };
  const [locked, other] = [newAuthor().id, newAuthor().id];
  await db('post.posts').insert([locked, other].map((id) => ({ id, ...draft, ...names })));
  const lock = await db.transaction();
  onTestFinished(async () => void (lock.isCompleted() || (await lock.rollback())));
  await lock('post.posts').where({ id: locked }).forUpdate().first();
  const { feed } = await setUp({ removed: [ann] });
  const named = () => db('post.posts').where(names).pluck('id');
  await expect.poll(named, WITHIN).toEqual([locked]);
  const runs = feed.mock.calls.length;
  await expect.poll(() => feed.mock.calls.length, WITHIN).toBeGreaterThan(runs);
  // The removal is too old for a run that starts from the last one.
  feed.mockImplementation(async ({ since }) => ({
    removed: since ? [] : [{ userId: ann.id, removedAt: '2026-01-01T00:00:00.000Z' }],
    next: null,
  }));
  await lock.rollback();
  await expect.poll(named, WITHIN).toEqual([]);
});

test('without the auth service the post service is healthy, counts and logs the failures, and catches up', async () => {
  const { service, feed, removed } = await setUp();
  const ann = newAuthor();
  const asAnn = await service.as(ann);
  const id = await post(asAnn);
  const failures = async () => {
    const { text } = await service.admin('/metrics');
    return Number(/^post_removed_user_runs_total\{result="failed"\} (\d+)$/m.exec(text)?.[1]);
  };
  feed.mockRejectedValueOnce(new Error('auth is away'));
  await expect.poll(failures, WITHIN).toBe(1);
  expect((await service.anonymous('GET', '/health')).json.status).toBe('ok');
  expect(service.logLines).toContainEqual(
    expect.objectContaining({ level: 40, msg: 'Could not remove the names of removed users' }),
  );
  removed.push(ann);
  await expect.poll(() => nameIn(asAnn, `/api/posts/${id}`, id), WITHIN).toBe('[removed]');
});
