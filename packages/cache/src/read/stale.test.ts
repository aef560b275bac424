import { describe, expect, it, vi } from 'vitest';

import type { CacheRead } from '../api.ts';
import { defineKeys, key } from '../keys/define-keys.ts';
import { createMemoryStore } from '../stores/memory/store.ts';
import { createTestCache } from '../testing/test-cache.ts';

const text = ({ bytes, outcome }: CacheRead) => `${outcome} ${bytes.toString()}`;

describe('an entry past its time', () => {
  const stale = (seconds: object) =>
    defineKeys({ all: key('posts:all', { ttlSeconds: 60, jitter: 0, ...seconds, load: source }) });
  let time = 0;
  let value = 'first';
  async function source() {
    if (value === 'broken') throw new Error('the source is down');
    return value;
  }
  function setUp(seconds: object) {
    [time, value] = [0, 'first'];
    const keys = stale(seconds);
    const test = createTestCache({ keys, store: createMemoryStore({ now: () => time }) });
    return { ...test, read: async () => text(await test.cache.getBytes(keys.all())), keys };
  }

  it('is returned while it is loaded again', async () => {
    const { read, of } = setUp({ staleWhileRevalidateSeconds: 30 });
    await read();
    [time, value] = [61_000, 'second'];
    expect(await read()).toBe('stale "first"');
    await vi.waitUntil(() => of('load').length === 2);
    await vi.waitUntil(async () => (await read()) === 'hit "second"');
    [time, value] = [200_000, 'third'];
    expect(await read()).toBe('miss "third"');
  });

  it('is returned if loading it again fails', async () => {
    const { read } = setUp({ staleIfErrorSeconds: 30 });
    await read();
    [time, value] = [61_000, 'broken'];
    expect(await read()).toBe('stale "first"');
    value = 'second';
    expect(await read()).toBe('miss "second"');
    [time, value] = [200_000, 'broken'];
    await expect(read()).rejects.toThrow('the source is down');
  });

  it('is never returned once a write has invalidated it', async () => {
    const { read, cache, keys } = setUp({
      staleIfErrorSeconds: 30,
      staleWhileRevalidateSeconds: 30,
    });
    await read();
    await cache.invalidate(keys.all());
    value = 'broken';
    await expect(read()).rejects.toThrow('the source is down');
    [time, value] = [61_000, 'second'];
    expect(await read()).toBe('miss "second"');
  });
});

describe('an entry that is about to expire', () => {
  it('is loaded again before, while its reader gets the present one', async () => {
    let time = 0;
    let version = 1;
    const load = vi.fn<() => Promise<number>>(async () => version);
    const keys = defineKeys({
      all: key('posts:all', { ttlSeconds: 60, jitter: 0, refreshAhead: 100, load }),
    });
    const { cache, of } = createTestCache({ keys, store: createMemoryStore({ now: () => time }) });
    const read = async () => text(await cache.getBytes(keys.all()));
    await read();
    // Half a millisecond left: due for every random number.
    [time, version] = [59_999.5, 2];
    expect(await read()).toBe('hit 1');
    await vi.waitUntil(() => of('refresh').length === 1 && of('load').length === 2);
    time = 60_001;
    await vi.waitUntil(async () => (await read()) === 'hit 2');
    expect(load).toHaveBeenCalledTimes(2);
  });
});
