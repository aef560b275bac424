import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { createTestCache } from '../testing/test-cache.ts';
import { logCacheEvents } from './logging.ts';

function setUp(now?: () => number) {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { base: null, timestamp: false, formatters: { level: (level) => ({ level }) } },
    { write: (line) => void lines.push(JSON.parse(line)) },
  );
  return { lines, ...createTestCache({ listeners: [logCacheEvents(log, now)], retryMs: 1 }) };
}

describe('the log', () => {
  it('has a line for each miss and each hit, with the raw key', async () => {
    const { lines, cache } = setUp();
    const read = () => cache.cacheAside({ key: 'posts:id:7', ttlSeconds: 60, load: async () => 1 });
    await read();
    await read();
    expect(lines).toEqual([
      { level: 'info', key: 'posts:id:7', msg: 'Cache MISS - fetching from source' },
      { level: 'info', key: 'posts:id:7', msg: 'Cache HIT' },
    ]);
  });

  it('tells what was invalidated', async () => {
    const { lines, cache } = setUp();
    await cache.invalidateCache('posts:*');
    expect(lines).toEqual([
      { level: 'info', target: 'posts:*', removed: 0, msg: 'Cache invalidated' },
    ]);
  });

  it('warns of a refused operation, at most once in ten seconds', async () => {
    let time = 0;
    const { lines, cache, fail } = setUp(() => time);
    fail('lease');
    const refused = async () => {
      await cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load: async () => 1 });
      return lines.filter(({ msg }) => msg === 'Cache operation failed');
    };
    await refused();
    expect(await refused()).toMatchObject([
      { level: 'warn', operation: 'lease', err: { type: 'CacheStoreError' } },
    ]);
    time = 10_000;
    expect(await refused()).toHaveLength(2);
  });

  it('warns of a lost store once, not at each read that goes past it, and of each lost invalidation', async () => {
    const { lines, cache, fail, heal, of } = setUp();
    fail();
    await cache.invalidateCache('posts:all');
    for (let n = 0; n < 100; n += 1) {
      await cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load: async () => 1 });
    }
    heal();
    await expect.poll(() => of('store-up')).toHaveLength(1);
    expect(lines).toMatchObject([
      {
        level: 'warn',
        target: 'posts:all',
        retrying: true,
        err: { type: 'CacheStoreError', message: expect.stringContaining('chaos: delete fails') },
        msg: 'Cache invalidation failed',
      },
      { level: 'warn', msg: 'Cache store lost - reading from source' },
      { level: 'info', target: 'posts:all', msg: 'Cache invalidated' },
      { level: 'info', replayed: 1, msg: 'Cache store found again' },
    ]);
  });
});
