import { randomUUID } from 'node:crypto';

import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService, type Caller, type RunningService } from './testing/running-service.ts';
import { newAuthor } from './testing/tokens.ts';

const redisUrl = await testRedis();
const stores = [
  { name: 'the in-process store', url: null },
  ...(redisUrl ? [{ name: 'Redis', url: redisUrl }] : []),
];

describe.each(stores)('writes, cached in $name', ({ url }) => {
  const ann = newAuthor('ann');
  const bob = newAuthor('bob');
  let service: RunningService;
  let asAnn: Caller;
  let asBob: Caller;

  beforeAll(async () => {
    service = await runService({
      databaseUrl: await migrated(await testDatabase()),
      redisUrl: url,
    });
    await service.connected();
    [asAnn, asBob] = await Promise.all([service.as(ann), service.as(bob)]);
  });
  afterAll(() => service.stop());

  const draft = { title: 'A title', url: 'https://a.example/' };
  const create = async () => (await asAnn('POST', '/api/posts', { body: draft })).json.id as string;

  /** Every place where a post of Ann's may be seen. */
  const placesOf = (id: string) => [
    '/api/posts',
    '/api/posts/top',
    `/api/posts?user=${ann.id}`,
    `/api/posts/${id}`,
  ];

  async function expectAllCached(id: string): Promise<void> {
    for (const path of placesOf(id)) {
      await asBob('GET', path);
      expect((await asBob('GET', path)).cache).toBe('HIT');
    }
  }

  /** The post in every response: the lists are MISS, its own is `own`. */
  async function seenAnew(id: string, own = 'MISS'): Promise<unknown[]> {
    const answers = await Promise.all(placesOf(id).map((path) => asBob('GET', path)));
    expect(answers.map(({ cache }) => cache)).toEqual(['MISS', 'MISS', 'MISS', own]);
    return answers.map(({ json }) =>
      json.posts ? json.posts.find((post: { id: string }) => post.id === id) : json,
    );
  }

  test('a new post is answered with its place, and seen everywhere at once', async () => {
    const other = await create();
    await expectAllCached(other);
    const created = await asAnn('POST', '/api/posts', {
      body: { title: ' Caf\u0065\u0301 ', url: 'HTTPS://A.example' },
    });
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({
      title: 'Café',
      url: 'https://a.example/',
      votes: 0,
      author: ann,
    });
    expect(created.json.id).toMatch(
      /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
    );
    expect(created.headers.get('Location')).toBe(`/api/posts/${created.json.id}`);
    const seen = await seenAnew(created.json.id, 'HIT');
    expect(seen).toEqual(Array.from({ length: 4 }, () => created.json));
    const place = await asBob('GET', created.headers.get('Location')!);
    expect(place.json).toEqual(created.json);
  });

  test('the entry of a new post has the bytes of a load', async () => {
    const id = await create();
    const written = await asBob('GET', `/api/posts/${id}`);
    await asBob('PUT', `/api/posts/${id}/upvote`);
    await asBob('DELETE', `/api/posts/${id}/upvote`);
    const loaded = await asBob('GET', `/api/posts/${id}`);
    expect([written.cache, loaded.cache]).toEqual(['HIT', 'MISS']);
    expect(loaded.text).toBe(written.text);
    expect(loaded.headers.get('ETag')).toBe(written.headers.get('ETag'));
  });

  test('an absence that was cached does not outlive the post', async () => {
    const id = await create();
    expect((await asAnn('DELETE', `/api/posts/${id}`)).status).toBe(204);
    for (const cache of ['MISS', 'HIT']) {
      expect(await asBob('GET', `/api/posts/${id}`)).toMatchObject({ status: 404, cache });
    }
  });

  test.each<[string, string, number]>([
    ['PUT', 'given', 1],
    ['POST', 'given by POST', 1],
  ])(
    '%s: a vote that is %s counts once and is seen everywhere at once',
    async (method, _how, votes) => {
      const id = await create();
      for (const _time of ['first', 'again']) {
        await expectAllCached(id);
        const answer = await asBob(method, `/api/posts/${id}/upvote`);
        expect(answer).toMatchObject({ status: 200, json: { id, votes } });
        const seen = await seenAnew(id);
        expect(seen).toMatchObject([{ votes }, { votes }, { votes }, { votes }]);
      }
    },
  );

  test('a removed vote is seen everywhere at once', async () => {
    const id = await create();
    await asBob('PUT', `/api/posts/${id}/upvote`);
    await asAnn('PUT', `/api/posts/${id}/upvote`);
    await expectAllCached(id);
    const answer = await asBob('DELETE', `/api/posts/${id}/upvote`);
    expect(answer).toMatchObject({ status: 200, json: { id, votes: 1 } });
    expect(await seenAnew(id)).toMatchObject([
      { votes: 1 },
      { votes: 1 },
      { votes: 1 },
      { votes: 1 },
    ]);
    expect((await asBob('DELETE', `/api/posts/${id}/upvote`)).json).toEqual({ id, votes: 1 });
  });

  test('an id in upper case invalidates the same entries', async () => {
    const id = await create();
    await expectAllCached(id);
    const answer = await asBob('PUT', `/api/posts/${id.toUpperCase()}/upvote`);
    expect(answer.json).toEqual({ id, votes: 1 });
    expect(await seenAnew(id)).toMatchObject([
      { votes: 1 },
      { votes: 1 },
      { votes: 1 },
      { votes: 1 },
    ]);
  });

  test('a deleted post disappears everywhere at once', async () => {
    const id = await create();
    await expectAllCached(id);
    const answer = await asAnn('DELETE', `/api/posts/${id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await seenAnew(id)).toMatchObject([undefined, undefined, undefined, { status: 404 }]);
    expect(await asAnn('DELETE', `/api/posts/${id}`)).toMatchObject({ status: 404 });
  });

  test('a user cannot delete the post of another: it stays, and stays cached', async () => {
    const id = await create();
    await expectAllCached(id);
    const answer = await asBob('DELETE', `/api/posts/${id}`);
    expect(answer).toMatchObject({ status: 403, json: { type: 'urn:relay:problem:forbidden' } });
    expect(await asBob('GET', `/api/posts/${id}`)).toMatchObject({ status: 200, cache: 'HIT' });
  });

  test.each(['PUT', 'POST', 'DELETE'])('%s: a vote for no post is 404', async (method) => {
    const answer = await asAnn(method, `/api/posts/${randomUUID()}/upvote`);
    expect(answer).toMatchObject({ status: 404, json: { detail: 'The post does not exist' } });
  });

  test('the author is from the token at the time of the post', async () => {
    const renamed = await service.as({ id: ann.id, username: 'anna' });
    const { json } = await renamed('POST', '/api/posts', { body: draft });
    expect(json.author).toEqual({ id: ann.id, username: 'anna' });
    expect((await asAnn('DELETE', `/api/posts/${json.id}`)).status).toBe(204);
  });

  test('no read that begins after a vote was answered shows less, with many readers', async () => {
    const id = await create();
    const voters = await Promise.all(Array.from({ length: 10 }, () => service.as(newAuthor())));
    let answered = 0;
    const done = new AbortController();
    const stale: string[] = [];
    const read = async (path: string) => {
      while (!done.signal.aborted) {
        const atLeast = answered;
        const { json } = await asBob('GET', path);
        const seen = json.posts?.find((post: { id: string }) => post.id === id) ?? json;
        if (seen.votes < atLeast) stale.push(`${path}: ${seen.votes} after ${atLeast}`);
      }
    };
    const readers = placesOf(id).flatMap((path) => [read(path), read(path), read(path)]);
    for (const vote of voters) {
      const { json } = await vote('PUT', `/api/posts/${id}/upvote`);
      answered = json.votes;
    }
    done.abort();
    await Promise.all(readers);
    expect(answered).toBe(10);
    expect(stale).toEqual([]);
  });
});
