import { startTestRedis, testRedis, testRedisCluster } from '@relay/dev-servers/testing';
import type { Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { createEvents } from '../../observe/events.ts';
import { createLocalTier, type LocalTier } from '../../read/local-tier.ts';
import { recordEvents } from '../../testing/recorded-events.ts';
import { connectRedis, testClient } from '../../testing/redis.ts';
import { createRedisBus } from './bus.ts';
import type { RedisClient } from './client.ts';

const KEY = 'posts:all';
const WAIT = { timeout: 15_000, interval: 20 };
const redisUrl = await testRedis();
const clusterUrls = testRedisCluster();

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe.skipIf(redisUrl === null)('a bus on Redis', () => {
  it('delivers every message to all processes, its own included, in order', async () => {
    const buses = [await openBus(redisUrl!), await openBus(redisUrl!)];
    const sent = Array.from({ length: 100 }, (_, i) => `message ${i}`);
    for (const message of sent) buses[0]!.bus.publish(message);
    for (const { received } of buses) {
      await vi.waitFor(() => expect(received).toEqual(['', ...sent]), WAIT);
    }
  });

  it('keeps databases and key prefixes apart, as the keys are', async () => {
    const other = await testRedis();
    const buses = [
      await openBus(redisUrl!),
      await openBus(other!),
      await openBus(await connectRedis({ ...address(redisUrl!), keyPrefix: 'app:' })),
    ];
    for (const [index, { bus }] of buses.entries()) bus.publish(`from ${index}`);
    for (const [index, { received }] of buses.entries()) {
      await vi.waitFor(() => expect(received).toEqual(['', `from ${index}`]), WAIT);
    }
  });

  it('is closed also while Redis is silent', async () => {
    const redis = await startTestRedis();
    const { bus } = await openBus(redis.url);
    redis.pause();
    bus.publish('farewell');
    await expect(bus.close()).resolves.toBeUndefined();
    redis.resume();
  });

  it('opens a connection of its own from an address, and closes it', async () => {
    const redis = await startTestRedis();
    const bus = createRedisBus({ connection: redis.url });
    const received: string[] = [];
    bus.subscribe((message) => received.push(message));
    await vi.waitFor(() => expect(received).toEqual(['']), WAIT);
    await bus.close();
    const observer = (await connectRedis(redis.url)) as Redis;
    await vi.waitFor(async () => expect(await connectionCount(observer)).toBe(1), WAIT);
  });

  it('sends the last message before it is closed, though the client is closed right after it', async () => {
    const { received } = await openBus(redisUrl!);
    const { bus, client } = await openBus(redisUrl!);
    bus.publish('farewell');
    await bus.close();
    client.disconnect();
    await bus.close();
    await vi.waitFor(() => expect(received).toContain('farewell'), WAIT);
  });

  it('is called by no listener that has left', async () => {
    const { bus, received } = await openBus(redisUrl!);
    const late: string[] = [];
    bus.subscribe((message) => late.push(message))();
    bus.publish('message');
    await vi.waitFor(() => expect(received).toContain('message'), WAIT);
    expect(late).toEqual([]);
  });

  it('publishes without an error while Redis cannot be reached', async () => {
    const client = testClient({ port: 1 });
    const bus = createRedisBus({ client });
    closing.push(() => bus.close());
    bus.subscribe(() => {});
    expect(() => bus.publish('message')).not.toThrow();
    await new Promise((resolve) => client.once('close', resolve));
  });

  it('is subscribed again after its connection was killed, and reports the interruption', async () => {
    const redis = await startTestRedis();
    const { bus, received, client } = await openBus(redis.url);
    await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await vi.waitFor(() => expect(received).toEqual(['', '']), WAIT);
    bus.publish('message');
    await vi.waitFor(() => expect(received).toEqual(['', '', 'message']), WAIT);
  });

  it('keeps its connection while Redis answers', async () => {
    const { received } = await openBus(redisUrl!);
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(received).toEqual(['']);
  });

  it('leaves a connection on which Redis has gone silent', async () => {
    const redis = await startTestRedis();
    const { received } = await openBus(redis.url);
    const observer = (await connectRedis(redis.url)) as Redis;
    const before = await subscriberId(observer);
    redis.pause();
    await new Promise((resolve) => setTimeout(resolve, 2500));
    redis.resume();
    await vi.waitFor(() => expect(received).toEqual(['', '']), WAIT);
    await vi.waitFor(async () => expect(await subscriberId(observer)).not.toBe(before), WAIT);
  });
});

describe.skipIf(redisUrl === null)('two in-process tiers on one Redis', () => {
  it('invalidate one another', async () => {
    const [a, b] = [await openTier(redisUrl!), await openTier(redisUrl!)];
    await bothInSync(a, b);
    put(a.tier, 'old');
    put(b.tier, 'old');
    a.tier.invalidate([{ kind: 'key', key: KEY }]);
    expect(a.tier.get(KEY)).toBeUndefined();
    await vi.waitFor(() => expect(b.tier.get(KEY)).toBeUndefined(), WAIT);
    expect(b.drops()).toEqual([]);
  });

  it('drop everything when the subscriber was killed, also if nothing was lost', async () => {
    const redis = await startTestRedis();
    const [a, b] = [await openTier(redis.url), await openTier(redis.url)];
    await bothInSync(a, b);
    put(a.tier, 'old');
    await a.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    b.tier.invalidate([{ kind: 'key', key: KEY }]);
    await vi.waitFor(() => expect(a.tier.get(KEY)).toBeUndefined(), WAIT);
    expect(a.drops()).toEqual(['gap']);
    await bothInSync(a, b);
    put(a.tier, 'new');
    expect(a.tier.get(KEY)?.toString()).toBe('new');
  });

  it('return nothing while Redis is silent or gone, and work again after it', async () => {
    const redis = await startTestRedis();
    const [a, b] = [await openTier(redis.url), await openTier(redis.url)];
    await bothInSync(a, b);
    put(a.tier, 'old');
    redis.pause();
    await vi.waitFor(() => expect(a.tier.get(KEY)).toBeUndefined(), WAIT);
    await vi.waitFor(() => expect(a.tier.inSync()).toBe(false), WAIT);
    redis.resume();
    await bothInSync(a, b);
    expect(a.tier.get(KEY)).toBeUndefined();
  });
});

describe.skipIf(clusterUrls === null)('two in-process tiers on a Redis Cluster', () => {
  it('invalidate one another, whichever nodes they use, without a drop', async () => {
    const nodes = clusterUrls!.map(address);
    const channel = `test:${process.pid}`;
    const clients = [await connectRedis({ nodes }), await connectRedis({ nodes })];
    const [a, b] = [await openTier(clients[0]!, channel), await openTier(clients[1]!, channel)];
    await bothInSync(a, b);
    for (let round = 0; round < 50; round += 1) {
      put(a.tier, 'old');
      b.tier.invalidate([{ kind: 'key', key: 'other' }]);
      b.tier.invalidate([{ kind: 'key', key: KEY }]);
      await vi.waitFor(() => expect(a.tier.get(KEY)).toBeUndefined(), WAIT);
    }
    expect(a.drops()).toEqual([]);
  });
});

async function openBus(target: string | RedisClient, channel?: string) {
  const client = typeof target === 'string' ? await connectRedis(target) : target;
  const bus = createRedisBus({ client, ...(channel !== undefined && { channel }) });
  closing.push(() => bus.close());
  const received: string[] = [];
  bus.subscribe((message) => received.push(message));
  await vi.waitFor(() => expect(received).toContain(''), WAIT);
  return { bus, client, received };
}

async function openTier(target: string | RedisClient, channel?: string) {
  const { bus, client } = await openBus(target, channel);
  const recorded = recordEvents();
  const tier = createLocalTier({
    bus,
    maxBytes: 1_000_000,
    events: createEvents([recorded.listener]),
    processId: crypto.randomUUID(),
  });
  closing.unshift(() => tier.close());
  return {
    tier,
    client,
    drops: () => recorded.of('local-dropped').map(({ reason }) => reason),
  };
}

async function bothInSync(...tiers: { tier: LocalTier }[]): Promise<void> {
  for (const { tier } of tiers) await vi.waitFor(() => expect(tier.inSync()).toBe(true), WAIT);
}

function put(tier: LocalTier, value: string): void {
  tier.set(KEY, Buffer.from(value), 60_000, [], tier.begin());
}

function address(url: string) {
  const { hostname, port, pathname } = new URL(url);
  return { host: hostname, port: Number(port), db: Number(pathname.slice(1)) };
}

async function connectionCount(observer: Redis): Promise<number> {
  const list = (await observer.client('LIST')) as string;
  return list.trim().split('\n').length;
}

async function subscriberId(observer: Redis): Promise<string | undefined> {
  const list = (await observer.client('LIST', 'TYPE', 'PUBSUB')) as string;
  return list.match(/id=(\d+)/)?.[1];
}
