import { startTestRedis, testDatabase, testRedis } from '@relay/dev-servers/testing';
import { expect, onTestFinished, test, vi } from 'vitest';

import { migrated } from './testing/migrated.ts';
import { runService } from './testing/running-service.ts';

async function start(environment: Record<string, string>, redisUrl?: string | null) {
  const databaseUrl = await migrated(await testDatabase());
  const service = await runService({ databaseUrl, environment, redisUrl: redisUrl ?? null });
  onTestFinished(async () => void (await service.stop()));
  await service.ready;
  return service;
}

const outcomes = async ({ as }: Awaited<ReturnType<typeof start>>) => {
  const call = await as();
  const paths = ['/api/posts', '/api/posts/top'];
  return Promise.all(paths.map(async (path) => (await call('GET', path)).cache));
};

test('with CACHE_WARM_UP the first readers of the front page and the top get hits', async () => {
  const service = await start({ CACHE_WARM_UP: 'true' }, await testRedis());
  const isWarm = async () => {
    const { text } = await service.admin('/metrics');
    return ['posts:all', 'posts:top:10'].every((key) =>
      text.includes(`cache_load_duration_seconds_count{key="${key}"} 1\n`),
    );
  };
  await vi.waitUntil(isWarm, 10_000);
  // The values that were loaded are stored next.
  await expect.poll(() => outcomes(service), { timeout: 10_000 }).toEqual(['HIT', 'HIT']);
  expect(await isWarm()).toBe(true);
});

test('without it they are misses', async () => {
  const service = await start({});
  expect(await outcomes(service)).toEqual(['MISS', 'MISS']);
});

test.skipIf((await testRedis()) === null)(
  'a Redis that does not answer holds up neither readiness nor reads',
  async () => {
    const redis = await startTestRedis();
    redis.pause();
    onTestFinished(() => redis.resume());
    const service = await start({ CACHE_WARM_UP: 'true', CACHE_TIMEOUT_MS: '100' }, redis.url);
    expect((await service.admin('/readyz')).status).toBe(200);
    expect(await outcomes(service)).toEqual(['FALLBACK', 'FALLBACK']);
  },
);
