import { describe, expect, it } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { createEvents } from '../observe/events.ts';
import { BOUND_MS, createWorld, createWorldInSync, HEARTBEAT_MS } from '../testing/local-world.ts';
import { createMemoryBus } from '../testing/lossy-bus.ts';
import { createLocalTier, type LocalTarget } from './local-tier.ts';

const KEY = 'posts:all';
const keyTarget = (key: string): LocalTarget => ({ kind: 'key', key });

describe('a read of the in-process tier', () => {
  it('returns the bytes until their time has passed', () => {
    const { a, advance } = createWorldInSync();
    a.put(KEY, 'value', { ttlMs: 600 });
    expect(a.get(KEY)).toBe('value');
    advance(500);
    expect(a.get(KEY)).toBe('value');
    advance(100);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.tier.sizeBytes).toBe(0);
  });

  it('returns nothing, and keeps nothing, before the tier is in sync', () => {
    const { start, advance } = createWorld();
    const a = start('a');
    expect(a.tier.inSync()).toBe(false);
    a.put(KEY, 'early');
    advance(2 * HEARTBEAT_MS);
    expect(a.tier.inSync()).toBe(true);
    expect(a.get(KEY)).toBeUndefined();
  });

  it('is not affected by later changes to the buffer that was passed in', () => {
    const { a } = createWorldInSync();
    const pool = Buffer.from('__value__');
    a.tier.set(KEY, pool.subarray(2, 7), 1000, [], a.tier.begin());
    pool.fill(0);
    expect(a.get(KEY)).toBe('value');
  });

  it('works for hours without a drop', () => {
    const { a, b, advance } = createWorldInSync();
    a.put(KEY, 'value', { ttlMs: 1e9 });
    for (let i = 0; i < 1000; i += 1) {
      b.tier.invalidate([keyTarget(`other:${i}`)]);
      advance(3_600);
    }
    expect(a.get(KEY)).toBe('value');
    expect(a.drops()).toEqual([]);
  });
});

describe('an invalidation', () => {
  it.each<LocalTarget>([
    { kind: 'key', key: 'posts:user:7' },
    { kind: 'tag', tag: 'user-7' },
    { kind: 'pattern', pattern: 'posts:user:*' },
    { kind: 'pattern', pattern: '*:7' },
  ])('of $kind removes its targets, and nothing else, in every process', (target) => {
    const { a, b } = createWorldInSync();
    for (const process of [a, b]) {
      process.put('posts:user:7', 'value', { tags: ['user-7', 'posts'] });
      process.put('posts:all', 'value', { tags: ['posts'] });
    }
    a.tier.invalidate([target]);
    for (const process of [a, b]) {
      expect(process.get('posts:user:7')).toBeUndefined();
      expect(process.get('posts:all')).toBe('value');
    }
  });

  it('takes everything else in a pattern literally', () => {
    const { a } = createWorldInSync();
    a.put('a.b(c)[d]', 'value');
    a.put('axb(c)[d]', 'value');
    a.tier.invalidate([{ kind: 'pattern', pattern: 'a.b(c)[*' }]);
    expect(a.get('a.b(c)[d]')).toBeUndefined();
    expect(a.get('axb(c)[d]')).toBe('value');
  });

  it('removes entries that were stored again under the same tag', () => {
    const { a } = createWorldInSync();
    a.put(KEY, 'first', { tags: ['posts'] });
    a.put(KEY, 'second', { tags: ['posts'] });
    a.tier.invalidate([{ kind: 'tag', tag: 'posts' }]);
    expect(a.get(KEY)).toBeUndefined();
  });
});

describe('a fill that races an invalidation', () => {
  it.each<LocalTarget>([
    { kind: 'key', key: KEY },
    { kind: 'tag', tag: 'posts' },
    { kind: 'pattern', pattern: 'posts:*' },
  ])('is refused if the $kind concerns it, also from another process', (target) => {
    const { a, b } = createWorldInSync();
    const finish = a.startFill(KEY, 'old', ['posts']);
    b.tier.invalidate([target]);
    finish();
    expect(a.get(KEY)).toBeUndefined();
    a.put(KEY, 'new', { tags: ['posts'] });
    expect(a.get(KEY)).toBe('new');
  });

  it('is kept if the invalidation concerns other keys', () => {
    const { a, b } = createWorldInSync();
    const finish = a.startFill(KEY, 'value', ['posts']);
    b.tier.invalidate([keyTarget('posts:id:1'), { kind: 'tag', tag: 'users' }]);
    finish();
    expect(a.get(KEY)).toBe('value');
  });

  it('is refused if more invalidations have passed than are remembered', () => {
    const { a, b } = createWorldInSync();
    const finish = a.startFill(KEY, 'old');
    b.tier.invalidate([keyTarget(KEY)]);
    for (let i = 0; i < 5000; i += 1) b.tier.invalidate([keyTarget(`posts:id:${i}`)]);
    finish();
    expect(a.get(KEY)).toBeUndefined();
  });

  it('is refused if everything was dropped meanwhile', () => {
    const { a } = createWorldInSync();
    const finish = a.startFill(KEY, 'old');
    a.tier.drop();
    finish();
    expect(a.get(KEY)).toBeUndefined();
    expect(a.drops()).toEqual(['store-replaced']);
  });

  it('is refused if it began out of sync: the invalidation may have been lost', () => {
    const { a, b, advance } = createWorldInSync();
    a.bus.lose('received');
    advance(2 * BOUND_MS);
    const finish = a.startFill(KEY, 'old');
    b.tier.invalidate([keyTarget(KEY)]);
    a.bus.heal();
    advance(3 * HEARTBEAT_MS);
    expect(a.tier.inSync()).toBe(true);
    finish();
    expect(a.get(KEY)).toBeUndefined();
  });

  it('is refused if the tier was out of sync meanwhile', () => {
    const { a, advance } = createWorldInSync();
    const finish = a.startFill(KEY, 'old');
    a.bus.lose('received');
    advance(2 * BOUND_MS);
    a.bus.heal();
    advance(3 * HEARTBEAT_MS);
    expect(a.tier.inSync()).toBe(true);
    finish();
    expect(a.get(KEY)).toBeUndefined();
  });
});

describe('the size of the tier', () => {
  it('stays within its bytes, keys and overhead included', () => {
    const maxBytes = 10_000;
    const { a } = createWorldInSync({ maxBytes });
    for (let i = 0; i < 1000; i += 1) a.put(`posts:id:${i}`, 'x'.repeat(i));
    expect(a.tier.sizeBytes).toBeLessThanOrEqual(maxBytes);
    expect(a.get('posts:id:999')).toBe('x'.repeat(999));
    expect(a.get('posts:id:0')).toBeUndefined();
  });

  it('keeps the entries that are read when others have to go', () => {
    const { a } = createWorldInSync({ maxBytes: 10_000 });
    a.put('hot', 'value');
    for (let i = 0; i < 1000; i += 1) {
      a.put(`posts:id:${i}`, 'value');
      expect(a.get('hot')).toBe('value');
    }
  });

  it('never keeps an entry larger than the tier, and removes the older one', () => {
    const { a } = createWorldInSync({ maxBytes: 1000 });
    a.put(KEY, 'old');
    a.put(KEY, 'x'.repeat(1000));
    expect(a.get(KEY)).toBeUndefined();
    expect(a.tier.sizeBytes).toBe(0);
  });

  it('is 0 after everything was removed by key, tag and pattern', () => {
    const { a } = createWorldInSync();
    for (const key of ['a', 'b', 'c']) a.put(key, 'value', { tags: [`tag-${key}`, 'all'] });
    a.tier.invalidate([
      { kind: 'key', key: 'a' },
      { kind: 'tag', tag: 'tag-b' },
      { kind: 'pattern', pattern: 'c*' },
    ]);
    expect(a.tier.sizeBytes).toBe(0);
  });
});

it('is empty and stays empty once closed', () => {
  const { a, advance } = createWorldInSync();
  a.put(KEY, 'value');
  a.tier.close();
  advance(BOUND_MS);
  a.put(KEY, 'value');
  expect(a.get(KEY)).toBeUndefined();
  expect(a.drops()).toEqual([]);
});

it('refuses a bound that one late heartbeat would exceed', () => {
  const options = {
    bus: createMemoryBus(),
    maxBytes: 1000,
    events: createEvents(),
    processId: 'a',
  };
  expect(() => createLocalTier({ ...options, heartbeatMs: 400, boundMs: 1000 })).toThrow(
    CacheUsageError,
  );
});
