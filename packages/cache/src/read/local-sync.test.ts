import { describe, expect, it } from 'vitest';

import { BOUND_MS, createWorldInSync, HEARTBEAT_MS } from '../testing/local-world.ts';
import type { LocalTarget } from './local-tier.ts';

const KEY = 'posts:all';
const keyTarget = (key: string): LocalTarget => ({ kind: 'key', key });

describe('a lost message', () => {
  it('drops everything by the second heartbeat after it', () => {
    const { a, b, advance } = createWorldInSync();
    a.put(KEY, 'old');
    a.put('posts:id:1', 'other');
    a.bus.lose('received', 1);
    b.tier.invalidate([keyTarget(KEY)]);
    expect(a.get(KEY)).toBe('old');
    advance(2 * HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.get('posts:id:1')).toBeUndefined();
    expect(a.drops()).toEqual(['gap']);
    expect(b.drops()).toEqual([]);
  });

  it('drops everything if the sender could not publish it, too', () => {
    const { a, b, advance } = createWorldInSync();
    a.put(KEY, 'old');
    b.bus.lose('sent', 1);
    b.tier.invalidate([keyTarget(KEY)]);
    advance(2 * HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
  });

  it('does not stop the tier: values read after the drop are kept', () => {
    const { a, b, advance } = createWorldInSync();
    a.bus.lose('received', 1);
    b.tier.invalidate([keyTarget(KEY)]);
    advance(2 * HEARTBEAT_MS);
    a.put(KEY, 'new', { ttlMs: 60_000 });
    advance(10 * BOUND_MS);
    expect(a.get(KEY)).toBe('new');
    expect(a.drops()).toEqual(['gap']);
  });

  it('is found although later messages arrive', () => {
    const { a, b, advance } = createWorldInSync();
    a.put(KEY, 'old');
    a.bus.lose('received', 1);
    b.tier.invalidate([keyTarget(KEY)]);
    b.tier.invalidate([keyTarget('posts:id:2')]);
    advance(2 * HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.drops()).toEqual(['gap']);
  });

  it('never outlives the bound, with any loss after it', () => {
    for (let lostBeats = 0; lostBeats < 12; lostBeats += 1) {
      const { a, b, advance } = createWorldInSync();
      a.put(KEY, 'old', { ttlMs: 60_000 });
      b.bus.lose('sent', 1 + lostBeats);
      b.tier.invalidate([keyTarget(KEY)]);
      advance(BOUND_MS);
      expect(a.get(KEY)).toBeUndefined();
    }
  });
});

describe('a lost message with an interrupted discovery', () => {
  it('gains no time from the heartbeat that named it', () => {
    const { a, b, advance } = createWorldInSync();
    a.put(KEY, 'old', { ttlMs: 60_000 });
    b.bus.lose('sent', 1);
    b.tier.invalidate([keyTarget(KEY)]);
    advance(HEARTBEAT_MS);
    b.bus.lose('sent');
    advance(BOUND_MS - HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.drops()).toEqual(['silence']);
  });

  it('gains no time from an older message that arrives late', () => {
    const { a, b, advance } = createWorldInSync();
    a.put(KEY, 'old', { ttlMs: 60_000 });
    a.bus.hold('received');
    advance(HEARTBEAT_MS);
    b.bus.lose('sent');
    b.tier.invalidate([keyTarget(KEY)]);
    advance(2 * HEARTBEAT_MS);
    a.bus.release('received');
    expect(a.get(KEY)).toBe('old');
    advance(BOUND_MS - 2 * HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
  });
});

describe('messages out of order', () => {
  it('are no gap if the missing one arrives before the heartbeat that must find it', () => {
    const { a, b, advance } = createWorldInSync();
    a.put('posts:id:9', 'value');
    a.put(KEY, 'old');
    a.bus.hold('received');
    for (const key of [KEY, 'posts:id:1', 'posts:id:2']) b.tier.invalidate([keyTarget(key)]);
    a.bus.release('received', (messages) => messages.toReversed());
    advance(10 * HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.get('posts:id:9')).toBe('value');
    expect(a.drops()).toEqual([]);
  });

  it('are no gap if a heartbeat overtakes an invalidation', () => {
    const { a, b, advance } = createWorldInSync();
    a.put('posts:id:9', 'value');
    b.bus.hold('sent');
    b.tier.invalidate([keyTarget(KEY)]);
    advance(HEARTBEAT_MS);
    b.bus.release('sent', (messages) => messages.toReversed());
    advance(10 * HEARTBEAT_MS);
    expect(a.get('posts:id:9')).toBe('value');
    expect(a.drops()).toEqual([]);
  });

  it('are a gap once two heartbeats have overtaken an invalidation', () => {
    const { a, b, advance } = createWorldInSync();
    a.put('posts:id:9', 'value');
    b.bus.hold('sent');
    b.tier.invalidate([keyTarget(KEY)]);
    advance(2 * HEARTBEAT_MS);
    b.bus.release('sent', (messages) => messages.toReversed());
    expect(a.get('posts:id:9')).toBeUndefined();
    expect(a.drops()).toEqual(['gap']);
  });

  it('may arrive twice', () => {
    const { a, b, advance } = createWorldInSync();
    a.put('posts:id:9', 'value');
    b.bus.hold('sent');
    b.tier.invalidate([keyTarget(KEY)]);
    advance(HEARTBEAT_MS);
    b.bus.release('sent', (messages) => [...messages, ...messages]);
    advance(10 * HEARTBEAT_MS);
    expect(a.get('posts:id:9')).toBe('value');
  });
});

describe('silence', () => {
  it('of the own subscription stops the tier within the bound, until heartbeats come back', () => {
    const { a, advance } = createWorldInSync();
    a.put(KEY, 'old', { ttlMs: 60_000 });
    a.bus.lose('received');
    advance(BOUND_MS);
    expect(a.get(KEY)).toBeUndefined();
    a.put(KEY, 'refused');
    expect(a.get(KEY)).toBeUndefined();
    expect(a.drops()).toEqual(['silence']);
    a.bus.heal();
    advance(3 * HEARTBEAT_MS);
    a.put(KEY, 'new');
    expect(a.get(KEY)).toBe('new');
  });

  it('of the whole bus is reported once', () => {
    const { a, b, advance } = createWorldInSync();
    for (const { bus } of [a, b]) bus.lose('sent');
    advance(10 * BOUND_MS);
    expect(a.drops()).toEqual(['silence']);
    expect(b.drops()).toEqual(['silence']);
  });

  it('that ends before the bound still drops everything: messages are missing', () => {
    const { a, advance } = createWorldInSync();
    a.put(KEY, 'old', { ttlMs: 60_000 });
    a.bus.lose('received');
    advance(2 * HEARTBEAT_MS);
    a.bus.heal();
    advance(HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.drops()).toEqual(['gap']);
  });

  it('of another process drops everything once: it may be cut off with its invalidations', () => {
    const { a, b, advance } = createWorldInSync();
    a.put(KEY, 'old', { ttlMs: 60_000 });
    b.bus.lose('sent');
    b.tier.invalidate([keyTarget(KEY)]);
    advance(BOUND_MS);
    expect(a.get(KEY)).toBeUndefined();
    a.put(KEY, 'new', { ttlMs: 60_000 });
    advance(10 * BOUND_MS);
    expect(a.get(KEY)).toBe('new');
    expect(a.drops()).toEqual(['silence']);
  });

  it('that another process ends drops everything again: nothing is known of the meantime', () => {
    const { a, b, advance } = createWorldInSync();
    b.tier.invalidate([keyTarget('posts:id:1')]);
    b.bus.lose('sent');
    advance(2 * BOUND_MS);
    a.put(KEY, 'old');
    b.bus.heal();
    advance(HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.drops()).toEqual(['silence', 'gap']);
  });

  it('of a process that was closed is expected', () => {
    const { a, b, advance } = createWorldInSync();
    b.tier.invalidate([keyTarget('posts:id:1')]);
    a.put(KEY, 'value', { ttlMs: 60_000 });
    b.tier.close();
    advance(10 * BOUND_MS);
    expect(a.get(KEY)).toBe('value');
    expect(a.drops()).toEqual([]);
  });

  it('does not hide messages lost before the farewell', () => {
    const { a, b } = createWorldInSync();
    a.put(KEY, 'old');
    b.bus.lose('sent', 1);
    b.tier.invalidate([keyTarget(KEY)]);
    b.tier.close();
    expect(a.get(KEY)).toBeUndefined();
  });
});

describe('a process that was stopped', () => {
  it('serves nothing on waking, before any timer or message', () => {
    const { a, b, advance } = createWorldInSync();
    a.put(KEY, 'old', { ttlMs: 60_000 });
    a.stop();
    b.tier.invalidate([keyTarget(KEY)]);
    advance(BOUND_MS);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.drops()).toEqual(['silence']);
  });

  it('gains no trust from heartbeats that waited for it', () => {
    const { a, advance } = createWorldInSync();
    advance(HEARTBEAT_MS);
    a.bus.hold('received');
    advance(3 * HEARTBEAT_MS);
    a.stop();
    advance(2 * BOUND_MS);
    expect(a.tier.inSync()).toBe(false);
    a.bus.release('received');
    expect(a.tier.inSync()).toBe(false);
    expect(a.drops()).toEqual(['silence']);
    a.resume();
    advance(3 * HEARTBEAT_MS);
    expect(a.tier.inSync()).toBe(true);
    expect(a.drops()).toEqual(['silence']);
  });
});

describe('an unknown sender', () => {
  it('drops nothing if it is new', () => {
    const { a, start, advance } = createWorldInSync();
    a.put(KEY, 'value', { ttlMs: 60_000 });
    const c = start('c');
    c.tier.invalidate([keyTarget('posts:id:1')]);
    advance(BOUND_MS);
    expect(a.get(KEY)).toBe('value');
    expect(a.drops()).toEqual([]);
  });

  it('drops everything if it has invalidated before', () => {
    const { a, start, advance } = createWorldInSync();
    a.put(KEY, 'old');
    a.bus.lose('received', 2);
    const c = start('c');
    c.tier.invalidate([keyTarget(KEY)]);
    advance(HEARTBEAT_MS);
    expect(a.get(KEY)).toBeUndefined();
    expect(a.drops()).toEqual(['gap']);
  });

  it('is accepted as it is while the tier is not in sync yet', () => {
    const { b, start, advance } = createWorldInSync();
    b.tier.invalidate([keyTarget(KEY)]);
    const c = start('c');
    advance(BOUND_MS);
    expect(c.tier.inSync()).toBe(true);
    expect(c.drops()).toEqual([]);
  });
});

describe('the bus', () => {
  it.each(['', 'no JSON', '{}', '["h","x"]', '["i","b",1,["z","key"]]', '["z","b",1]'])(
    'drops everything with a message that cannot be understood: %j',
    (message) => {
      const { a, b, advance } = createWorldInSync();
      a.put(KEY, 'old');
      b.bus.publish(message);
      expect(a.get(KEY)).toBeUndefined();
      expect(a.drops()).toEqual(['gap']);
      advance(3 * HEARTBEAT_MS);
      expect(a.tier.inSync()).toBe(true);
    },
  );

  it('drops everything when the subscription was interrupted', () => {
    const { a, advance } = createWorldInSync();
    a.put(KEY, 'old');
    a.bus.interrupt();
    expect(a.get(KEY)).toBeUndefined();
    advance(2 * HEARTBEAT_MS);
    expect(a.tier.inSync()).toBe(true);
  });
});
