import { testDatabase, testRedis, testRedisCluster } from '@relay/dev-servers/testing';
import { describe, expect, onTestFinished, test } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService } from './testing/running-service.ts';
import { createSigner, newAuthor } from './testing/tokens.ts';

const redisUrl = await testRedis();
const [clusterUrl] = testRedisCluster() ?? [];
const draft = { title: 'A title', url: 'https://a.example/' };

/** Two processes over the same Postgres and Redis, and the same user at both. */
async function twoPods(url: string | null | undefined, environment: Record<string, string> = {}) {
  const databaseUrl = await migrated(await testDatabase());
  const [signer, ann] = [await createSigner(), newAuthor()];
  const start = async () => {
    const pod = await runService({ databaseUrl, redisUrl: url ?? null, environment, signer });
    onTestFinished(async () => void (await pod.stop()));
    await pod.connected();
    return pod.as(ann);
  };
  return { ann, here: await start(), there: await start() };
}

describe.skipIf(redisUrl === null).each([
  ['one Redis', redisUrl, {}],
  ['a Redis Cluster', clusterUrl, { REDIS_CLUSTER: 'true' }],
])('two pods over %s', (_name, url, environment) => {
  test('share their entries', async () => {
    const { here, there } = await twoPods(url, environment);
    const { id } = (await here('POST', '/api/posts', { body: draft })).json;
    // A write stores the new post itself.
    for (const [path, first] of [
      ['/api/posts', 'MISS'],
      ['/api/posts/top', 'MISS'],
      [`/api/posts/${id}`, 'HIT'],
    ] as const) {
      const [read, shared] = [await here('GET', path), await there('GET', path)];
      expect([read.cache, shared.cache]).toEqual([first, 'HIT']);
      expect(shared.text).toBe(read.text);
    }
  });

  test('never serve an entry that another pod has invalidated', async () => {
    const { ann, here, there } = await twoPods(url, environment);
    const { id } = (await here('POST', '/api/posts', { body: draft })).json;
    const lists = ['/api/posts', '/api/posts/top', `/api/posts?user=${ann.id}`];
    for (let votes = 0; votes < 2; votes += 1) {
      for (const path of lists) {
        const { cache, json } = await there('GET', path);
        expect([cache, json.posts[0]]).toMatchObject(['MISS', { id, votes }]);
        expect((await there('GET', path)).cache).toBe('HIT');
      }
      expect((await there('GET', `/api/posts/${id}`)).json).toMatchObject({ id, votes });
      await here('PUT', `/api/posts/${id}/upvote`);
    }
    await here('DELETE', `/api/posts/${id}`);
    expect(await there('GET', `/api/posts/${id}`)).toMatchObject({ status: 404, cache: 'MISS' });
    for (const path of lists) expect((await there('GET', path)).json.posts).toEqual([]);
  });
});
