import { once } from 'node:events';

import { createRedisClient } from '@relay/cache/redis';
import { findProgram, findRedisServer, isCi } from '@relay/dev-servers';
import { expect, onTestFinished, test } from 'vitest';

import { newClient } from '../../kit/api-client.ts';
import { start } from './testing/processes.ts';
import { pathWithoutRedis } from './testing/programs.ts';
import { environment, relayFolder, startRelay, type StartedRelay } from './testing/relay.ts';
import { followReadme, walkThrough } from './testing/walkthrough.ts';

const missing: string[] = [];
for (const name of ['bash', 'curl', 'jq']) if (!(await findProgram(name))) missing.push(name);
const redisServer = await findRedisServer();

const canWalk = missing.length === 0 || isCi();
const missed = canWalk ? '' : ` (missing: ${missing.join(', ')})`;

test.skipIf(!canWalk || (!redisServer && !isCi()))(
  `the document's walkthrough works with the PATH's Redis${missed}`,
  async () => {
    const relay = await startRelay(await relayFolder());
    expect(relay.output()).toMatch(/Cache +(redis|valkey)-server at 127\.0\.0\.1:\d+/);
    await expectWalkthrough(relay);
    await expectKeysInRedis(relay);
  },
);

test.skipIf(!canWalk)(
  `the document's walkthrough works with no Redis on the PATH${missed}`,
  async () => {
    const relay = await startRelay(await relayFolder(), { PATH: await pathWithoutRedis() });
    expect(relay.output()).toContain(
      'in this process (no redis-server or valkey-server on the PATH)',
    );
    expect(relay.redis).toBeNull();
    await expectWalkthrough(relay);
  },
);

test.skipIf(!canWalk || (!redisServer && !isCi()))(
  `the README's commands show a miss, a hit and a miss${missed}`,
  async () => {
    const dir = await relayFolder();
    const relay = await startRelay(dir);
    const output = await followReadme(relay, environment(dir));
    const sources = Array.from(output.matchAll(/^x-cache: (\w+)/gim), ([, source]) => source);
    expect(sources).toEqual(['MISS', 'HIT', 'MISS']);
    expect(output).toMatch(/^posts:all, TTL \d+ s\n\{"posts":\[\{.*"Cache Test"/m);
    expect(output).toMatch(/^cache_hits_total\{key="posts:all"\} 1$/m);
    expect(output).toMatch(/^cache_misses_total\{key="posts:all"\} 2$/m);
  },
);

test.skipIf(!canWalk)('the commands that it prints act on the Relay that prints them', async () => {
  const dir = await relayFolder();
  const relay = await startRelay(dir);
  const other = await startRelay(await relayFolder());
  const printed = relay
    .output()
    .split('\n')
    .filter((line) => /^ {2}(RELAY_DIR=\S+ npm run|curl) /.test(line))
    .map((line) => line.trim().replace('100000', '10'));
  expect(printed.join('\n')).not.toContain('redis-cli');
  // A terminal without its variables.
  const { PATH, HOME } = environment(dir);
  for (const command of printed) {
    const { code, output } = await start('bash', ['-c', command], { PATH, HOME }).ended;
    expect({ command, code, output }).toEqual({ command, code: 0, output });
  }
  expect(printed.length).toBeGreaterThanOrEqual(4);
  expect(await (await newClient(relay.apiUrl)).titles()).toHaveLength(11);
  expect(await (await newClient(other.apiUrl)).titles()).toEqual([]);
});

async function expectWalkthrough(relay: StartedRelay): Promise<void> {
  expect(relay.output()).toContain(`API       ${relay.apiUrl}`);
  expect(relay.output()).toContain('embedded PostgreSQL 17 at 127.0.0.1:');

  const answers = await walkThrough(relay.apiUrl);
  const { user, firstList, secondList, post, thirdList } = answers;
  expect(user).toMatchObject({ username: 'testuser', email: 'test@example.com' });
  expect(firstList).toEqual({ posts: [], next: null });
  expect(secondList).toEqual(firstList);
  expect(post).toMatchObject({ title: 'Cache Test', votes: 0, author: { username: 'testuser' } });
  expect(thirdList).toEqual({ posts: [post], next: null });

  const reads = relay.logs().filter(({ key }) => key === 'posts:all');
  expect(reads.map(({ level, msg }) => [level, msg])).toEqual([
    [30, 'Cache MISS - fetching from source'],
    [30, 'Cache HIT'],
    [30, 'Cache MISS - fetching from source'],
  ]);
  await expectMetrics(relay.adminUrl);
}

async function expectMetrics(adminUrl: string): Promise<void> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  expect(metrics).toContain('cache_hits_total{key="posts:all"} 1\n');
  expect(metrics).toContain('cache_misses_total{key="posts:all"} 2\n');
  const samples = (name: string) =>
    [
      ...metrics.matchAll(
        new RegExp(`^cache_operation_duration_ms_${name}\\{(.*)\\} (\\d+)$`, 'gm'),
      ),
    ]
      .filter(([, labels]) => labels!.includes('key="posts:all"'))
      .map(([, labels, value]) => [labels!.replace('le="+Inf",', ''), Number(value)] as const);
  const counts = samples('count');
  expect(new Map(samples('bucket').filter(([labels]) => !labels.includes('le=')))).toEqual(
    new Map(counts),
  );
  // Each of the three reads sent at least one command to the store.
  expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThanOrEqual(3);
}

async function expectKeysInRedis({ redis: place, apiUrl }: StartedRelay): Promise<void> {
  const redis = createRedisClient({ connection: place!.url });
  onTestFinished(() => redis.disconnect());
  await once(redis, 'ready');
  expect(await redis.keys('*')).toContain('posts:all');
  const { text } = await (await newClient(apiUrl)).list();
  expect(await redis.get('posts:all')).toBe(text);
  const ttlSeconds = await redis.ttl('posts:all');
  expect(ttlSeconds).toBeGreaterThan(0);
  expect(ttlSeconds).toBeLessThanOrEqual(300);
  expect(await redis.info('memory')).toMatch(/^used_memory:\d+/m);
}
