import { describe, expect, it, vi } from 'vitest';

import { createBoundedMap } from './bounded-map.ts';

describe('a bounded map', () => {
  it('returns a value until its time has passed, and then no longer counts it', () => {
    const { map, advance } = createTestMap();
    map.set('a', 'value', 100);
    advance(99);
    expect(map.get('a')).toBe('value');
    advance(1);
    expect(map.get('a')).toBeUndefined();
    expect([map.count, map.size]).toEqual([0, 0]);
  });

  it('evicts the entry used longest ago when there are too many', () => {
    const { map } = createTestMap({ maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) map.set(key, key, 100);
    map.get('a');
    map.set('b', 'new', 100);
    map.set('d', 'd', 100);
    map.set('e', 'e', 100);
    expect([...map.keys()].sort()).toEqual(['b', 'd', 'e']);
  });

  it('evicts the entries used longest ago until the sizes fit', () => {
    const { map } = createTestMap({ maxSize: 10 });
    map.set('a', 'xxxx', 100);
    map.set('b', 'xxxx', 100);
    map.get('a');
    map.set('c', 'xxxxx', 100);
    expect(map.get('a')).toBe('xxxx');
    expect(map.get('b')).toBeUndefined();
    expect(map.size).toBe(9);
  });

  it('keeps no value that is larger than all of it, and removes the older one', () => {
    const { map } = createTestMap({ maxSize: 10 });
    map.set('a', 'x', 100);
    map.set('a', 'x'.repeat(11), 100);
    expect(map.get('a')).toBeUndefined();
    expect([map.count, map.size]).toEqual([0, 0]);
  });

  it('counts a replaced value once', () => {
    const { map } = createTestMap();
    map.set('a', 'xxxx', 100);
    map.set('a', 'xx', 100);
    expect([map.count, map.size]).toEqual([1, 2]);
  });

  it('measures a value once, however often it is read', () => {
    const { map, sizeOf } = createTestMap();
    map.set('a', 'value', 100);
    for (let i = 0; i < 10; i += 1) map.get('a');
    expect(sizeOf).toHaveBeenCalledOnce();
  });

  it('reports whether a removed entry still counted', () => {
    const { map, advance } = createTestMap();
    map.set('a', 'value', 100);
    map.set('b', 'value', 50);
    advance(50);
    expect(map.delete('a')).toBe(true);
    expect(map.delete('a')).toBe(false);
    expect(map.delete('b')).toBe(false);
    expect(map.size).toBe(0);
  });

  it('removes expired entries only', () => {
    const { map, advance } = createTestMap();
    map.set('a', 'value', 100);
    map.set('b', 'value', 50);
    advance(50);
    map.expire();
    expect([...map.keys()]).toEqual(['a']);
    expect(map.size).toBe(5);
  });

  it('can be used again after it was cleared', () => {
    const { map } = createTestMap({ maxEntries: 2 });
    for (const key of ['a', 'b']) map.set(key, key, 100);
    map.clear();
    expect([map.count, map.size, map.get('a')]).toEqual([0, 0, undefined]);
    for (const key of ['c', 'd', 'e']) map.set(key, key, 100);
    expect([...map.keys()]).toEqual(['d', 'e']);
  });
});

function createTestMap({ maxEntries = 100, maxSize = 100 } = {}) {
  let nowMs = 0;
  const sizeOf = vi.fn<(value: string) => number>((value) => value.length);
  const map = createBoundedMap<string>({ maxEntries, maxSize, sizeOf, now: () => nowMs });
  const advance = (ms: number) => void (nowMs += ms);
  return { map, sizeOf, advance };
}
