import { randomUUID } from 'node:crypto';

import { startTcpProxy } from '@relay/dev-servers/tcp-proxy';
import { testDatabase } from '@relay/dev-servers/testing';
import { planOf } from '@relay/service-kit/testing/plan';
import createKnex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { createIdempotencyStore } from './idempotency-store.ts';
import { migrated } from './testing/migrated.ts';
import { runService, type Caller, type RunningService } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

const ann = newAuthor('ann');
const draft = { title: 'A title', url: 'https://a.example/' };
let databaseUrl: string;
let db: Knex;
let service: RunningService;
let asAnn: Caller;

beforeAll(async () => {
  databaseUrl = await migrated(await testDatabase());
  db = createKnex({ client: 'pg', connection: databaseUrl });
  service = await runService({ databaseUrl });
  asAnn = await service.as(ann);
});
afterAll(async () => {
  await service.stop();
  await db.destroy();
});

const newKey = () => `"${randomUUID()}"`;
const post = (key: string, body: object = draft, call = asAnn) =>
  call('POST', '/api/posts', { body, headers: { 'Idempotency-Key': key } });
const postCount = async (authorId = ann.id) => {
  const rows = await db('post.posts').where({ author_id: authorId }).count();
  return Number(rows[0]!['count']);
};
const store = (on: Knex = db) => createIdempotencyStore(on, { lifeSeconds: 60 });
const requestOf = (key: string) => ({
  userId: ann.id,
  key: key.replaceAll('"', ''),
  fingerprint: Buffer.from('a fingerprint'),
});

describe('a repeated request', () => {
  test('gets the same response and makes no second post, even if the first has changed', async () => {
    const key = newKey();
    const first = await post(key);
    expect(first).toMatchObject({ status: 201, json: { ...draft, votes: 0, author: ann } });
    const count = await postCount();
    await asAnn('PUT', `/api/posts/${first.json.id}/upvote`);
    const second = await post(key);
    await asAnn('DELETE', `/api/posts/${first.json.id}`);
    const third = await post(key);
    for (const again of [second, third]) {
      expect([again.status, again.text]).toEqual([201, first.text]);
      expect(again.headers.get('Location')).toBe(first.headers.get('Location'));
    }
    expect(await postCount()).toBe(count - 1);
  });

  test('may omit the quotes, and encode the same content differently', async () => {
    const key = randomUUID();
    const first = await post(`"${key}"`);
    const again = await post(key, { url: 'HTTPS://a.example', title: ' A title ' });
    expect([again.status, again.text]).toEqual([201, first.text]);
  });

  test('invalidates nothing', async () => {
    const key = newKey();
    await post(key);
    await asAnn('GET', '/api/posts');
    await post(key);
    expect((await asAnn('GET', '/api/posts')).cache).toBe('HIT');
  });

  test('makes one post with concurrency: the others get it, or 409 with Retry-After', async () => {
    const author = newAuthor();
    const call = await service.as(author);
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(key, draft, call)));
    const made = answers.filter(({ status }) => status === 201);
    const refused = answers.filter(({ status }) => status === 409);
    expect(made.length + refused.length).toBe(answers.length);
    expect(new Set(made.map(({ json }) => json.id)).size).toBe(1);
    expect(refused.every(({ headers }) => headers.get('Retry-After') === '1')).toBe(true);
    expect(await postCount(author.id)).toBe(1);
  });

  test('is 409 while the first is in progress, and makes the post if that one fails', async () => {
    const key = newKey();
    const first = await db.transaction();
    expect(await store(first).claim(requestOf(key))).toBeUndefined();
    expect(await post(key)).toMatchObject({
      status: 409,
      json: { type: 'urn:relay:problem:conflict' },
    });
    await first.rollback();
    expect((await post(key)).status).toBe(201);
  });

  test('with another body is 422', async () => {
    const key = newKey();
    await post(key);
    const count = await postCount();
    expect(await post(key, { ...draft, title: 'Another' })).toMatchObject({
      status: 422,
      json: { type: 'urn:relay:problem:idempotency-key-reused' },
    });
    expect(await postCount()).toBe(count);
  });

  test('of another user is another request', async () => {
    const key = newKey();
    const first = await post(key);
    const other = await post(key, draft, await service.as(newAuthor()));
    expect(other.status).toBe(201);
    expect(other.json.id).not.toBe(first.json.id);
  });
});

test('a post that could not be made leaves its key unused', async () => {
  const key = newKey();
  const transaction = db.transaction(async (tx) => {
    await store(tx).claim(requestOf(key));
    await store(tx).remember(requestOf(key), (await post(newKey())).json);
    throw new Error('refused');
  });
  await expect(transaction).rejects.toThrow('refused');
  expect((await post(key)).status).toBe(201);
});

test.each(['', '""', 'two words', `"${'k'.repeat(256)}"`, '"open'])(
  'the header "Idempotency-Key: %s" is 400, and nothing is posted',
  async (key) => {
    const count = await postCount();
    expect(await post(key)).toMatchObject({
      status: 400,
      json: { type: 'urn:relay:problem:invalid', errors: [{ path: 'Idempotency-Key' }] },
    });
    expect(await postCount()).toBe(count);
  },
);

const expire = (key: string) =>
  db('post.idempotency_keys')
    .where({ key: key.replaceAll('"', '') })
    .update({ expires_at: db.raw(`clock_timestamp() - interval '1 second'`) });

describe('an expired key', () => {
  test('is free again', async () => {
    const key = newKey();
    const first = await post(key);
    await expire(key);
    const second = await post(key, { ...draft, title: 'Another' });
    expect(second.status).toBe(201);
    expect(second.json.id).not.toBe(first.json.id);
    expect((await post(key, { ...draft, title: 'Another' })).text).toBe(second.text);
  });

  test('is deleted in batches, and no other key is', async () => {
    const keys = [newKey(), newKey(), newKey()];
    const kept = newKey();
    for (const key of [...keys, kept]) await post(key);
    for (const key of keys) await expire(key);
    expect(await store().deleteExpired(2)).toBe(2);
    expect(await store().deleteExpired(2)).toBe(1);
    expect(await store().deleteExpired(2)).toBe(0);
    expect(await store().claim(requestOf(kept))).toMatchObject({ post: { author: ann } });
  });

  test('is not deleted while another transaction has locked it', async () => {
    const key = newKey();
    await post(key);
    await expire(key);
    await db.transaction(async (tx) => {
      await tx('post.idempotency_keys').where({ user_id: ann.id }).forUpdate();
      expect(await store().deleteExpired(10)).toBe(0);
    });
    expect(await store().deleteExpired(10)).toBe(1);
  });

  test('is found by the index of the times', async () => {
    const plan = await planOf(db, (explaining) => store(explaining).deleteExpired(10));
    expect(plan).toMatch(/using idempotency_keys_expiry .*\n *Index Cond: \(expires_at <= /);
    expect(plan).not.toContain('Sort');
  });
});

test('a lost response is outcome-unknown, and the repetition gets the post', async () => {
  const port = Number(new URL(databaseUrl).port);
  const proxy = await startTcpProxy(port);
  onTestFinished(() => proxy.stop());
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  const behindProxy = await runService({ databaseUrl: url.href });
  onTestFinished(async () => void (await behindProxy.stop()));
  const author = newAuthor();
  const call = await behindProxy.as(author);
  const key = newKey();

  proxy.loseReplyTo('COMMIT');
  const lost = await post(key, draft, call);
  expect(lost).toMatchObject({
    status: 503,
    json: { type: 'urn:relay:problem:outcome-unknown' },
  });
  expect(lost.json.detail).toContain('repeat the request with the same Idempotency-Key');
  expect(lost.headers.get('Retry-After')).toBeNull();
  expect(await postCount(author.id)).toBe(1);

  const again = await post(key, draft, call);
  expect(again.status).toBe(201);
  expect((await call('GET', again.headers.get('Location')!)).json).toEqual(again.json);
  expect(await postCount(author.id)).toBe(1);

  // A vote and a deletion are idempotent, and their outcome is as unknown.
  for (const [method, path] of [
    ['PUT', `/api/posts/${again.json.id}/upvote`],
    ['DELETE', `/api/posts/${again.json.id}/upvote`],
    ['DELETE', `/api/posts/${again.json.id}`],
  ] as const) {
    proxy.loseReplyTo('COMMIT');
    const { json, headers } = await call(method, path);
    expect(json.type).toBe('urn:relay:problem:outcome-unknown');
    expect(headers.get('Retry-After')).toBeNull();
  }
});
