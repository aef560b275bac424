import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { defineKeys } from '../keys/define-keys.ts';
import { createEvents } from '../observe/events.ts';
import type { CacheStore } from '../protocol/store.ts';
import { createCircuitBreaker } from '../resilience/circuit-breaker.ts';
import { recordEvents } from '../testing/recorded-events.ts';
import { createInvalidator } from './invalidator.ts';
import { nameOf } from './targets.ts';

const TIMEOUT_MS = 250;
const PATTERN_TIMEOUT_MS = 5000;
const RETRY_MS = 500;
const keys = defineKeys({ all: 'posts:all', byId: 'posts:id:{id}' });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('an invalidation', () => {
  it('removes keys, tags and patterns, and returns how many entries that were', async () => {
    const { invalidator, store, of } = setUp();
    store.invalidateMatching.mockResolvedValue(5);
    const result = await invalidator.invalidate([keys.byId({ id: 1 }), { tag: 'a' }, 'x:*']);
    expect(result).toEqual({ status: 'applied', removed: 6 });
    expect(store.invalidate.mock.calls).toEqual([
      [{ kind: 'key', key: 'posts:id:1' }],
      [{ kind: 'tag', tag: 'a' }],
    ]);
    expect(of('invalidated')).toMatchObject([
      { target: 'posts:id:1', template: 'posts:id:{id}', removed: 1, replayed: false },
      { target: 'a', template: 'tag', removed: 0, replayed: false },
      { target: 'x:*', template: 'pattern', removed: 5, replayed: false },
    ]);
    const templates = of('operation').map(({ template }) => template);
    expect(new Set(templates)).toEqual(new Set(['posts:id:{id}', 'tag', 'pattern']));
  });

  it('of nothing is applied', async () => {
    const { invalidator } = setUp();
    expect(await invalidator.invalidate([])).toEqual({ status: 'applied', removed: 0 });
  });

  it('with a bad key does nothing at all', async () => {
    const { invalidator, store, story } = setUp();
    const invalidation = invalidator.invalidate([keys.all(), 'posts:}']);
    await expect(invalidation).rejects.toMatchObject({ name: 'CacheUsageError' });
    expect(store.invalidate).not.toHaveBeenCalled();
    expect(story()).toEqual([]);
  });

  it('reports each target once, after the call to the store', async () => {
    const { invalidator, store, log } = setUp();
    store.invalidate.mockImplementation(async () => {
      log.push('store');
      return { removed: true, stored: false };
    });
    await invalidator.invalidate([keys.all()]);
    expect(log).toEqual(['store', 'posts:all']);
  });
});

describe('an invalidation that fails', () => {
  it.each([
    { how: 'error', target: 'posts:id:1', run: fail, afterMs: 0 },
    { how: 'timeout', target: 'posts:id:1', run: hang, afterMs: TIMEOUT_MS },
    { how: 'error', target: 'posts:*', run: fail, afterMs: 0 },
    { how: 'timeout', target: 'posts:*', run: hang, afterMs: PATTERN_TIMEOUT_MS },
  ] as const)('by $how of $target is reported, and the target is suspect', async (scenario) => {
    const { invalidator, store, breaker, of, log } = setUp();
    store.invalidate.mockImplementation(scenario.run);
    store.invalidateMatching.mockImplementation(scenario.run);
    const invalidation = invalidator.invalidate([scenario.target]);
    await vi.advanceTimersByTimeAsync(scenario.afterMs);
    expect(await invalidation).toMatchObject({
      status: 'failed',
      retrying: true,
      error: { failure: scenario.how },
    });
    expect(of('invalidation-failed')).toMatchObject([
      { target: scenario.target, retrying: true, pending: 1 },
    ]);
    expect(invalidator.isSuspect('posts:id:1', undefined)).toBe(true);
    expect(invalidator.isSuspect('users:1', undefined)).toBe(false);
    expect(log).toEqual([scenario.target]);
    // One failure of one target: the other keys keep their hits.
    expect(breaker.state).toBe('closed');
  });

  it('is repeated until it succeeds, and reported then', async () => {
    const { invalidator, store, of, log } = setUp();
    store.invalidate.mockImplementation(fail);
    await invalidator.invalidate([keys.all()]);
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(invalidator.isSuspect('posts:all', undefined)).toBe(true);
    expect(log).toEqual(['posts:all']);
    store.invalidate.mockImplementation(removeOne);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(invalidator.isSuspect('posts:all', undefined)).toBe(false);
    expect(of('invalidated')).toMatchObject([{ target: 'posts:all', replayed: true, pending: 0 }]);
    expect(log).toEqual(['posts:all', 'posts:all']);
  });

  it('is repeated as soon as the store is back, and never counted by the breaker', async () => {
    const { invalidator, store, breaker, ping, of } = setUp({ failureThreshold: 2 });
    store.invalidate.mockImplementation(fail);
    ping.mockImplementation(fail);
    await invalidator.invalidate([keys.all()]);
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(breaker.state).toBe('closed');
    await invalidator.invalidate([keys.byId({ id: 1 })]);
    await invalidator.invalidate([keys.byId({ id: 2 })]);
    expect(breaker.state).toBe('open');
    ping.mockImplementation(async () => undefined);
    store.invalidate.mockImplementation(removeOne);
    await breaker.probe();
    await vi.advanceTimersByTimeAsync(0);
    expect(of('invalidated')).toHaveLength(3);
  });

  it('is not repeated if the queue is full, and is reported for all targets of the call', async () => {
    const { invalidator, store } = setUp({ maxPending: 1 });
    store.invalidate.mockImplementation(fail);
    expect(await invalidator.invalidate(['unknown:1'])).toMatchObject({ retrying: true });
    expect(await invalidator.invalidate(['unknown:2'])).toMatchObject({ retrying: false });
    const both = await invalidator.invalidate(['unknown:1', 'unknown:2']);
    expect(both).toMatchObject({ retrying: false });
  });
});

describe('a walk over all keys', () => {
  it('ends with its deadline, and gets more time when it is repeated', async () => {
    const { invalidator, store } = setUp();
    store.invalidateMatching.mockImplementation(hang);
    void invalidator.invalidate(['posts:*']);
    const aborted = () => store.invalidateMatching.mock.calls.map(([, signal]) => signal?.aborted);
    await vi.advanceTimersByTimeAsync(PATTERN_TIMEOUT_MS - 1);
    expect(aborted()).toEqual([false]);
    await vi.advanceTimersByTimeAsync(1);
    expect(aborted()).toEqual([true]);
    await vi.advanceTimersByTimeAsync(RETRY_MS + 10 * PATTERN_TIMEOUT_MS - 1);
    expect(aborted()).toEqual([true, false]);
    invalidator.close();
    expect(aborted()).toEqual([true, true]);
  });

  it('that takes too long does not open the breaker', async () => {
    const { invalidator, store, breaker } = setUp({ failureThreshold: 1 });
    store.invalidateMatching.mockImplementation(hang);
    const invalidation = invalidator.invalidate(['posts:*']);
    await vi.advanceTimersByTimeAsync(PATTERN_TIMEOUT_MS);
    expect(await invalidation).toMatchObject({ status: 'failed', error: { failure: 'timeout' } });
    expect(breaker.state).toBe('closed');
  });
});

describe('before it closes', () => {
  it('repeats failed invalidations, even if the store has come back unnoticed', async () => {
    const { invalidator, store, of } = setUp({ failureThreshold: 1 });
    store.invalidate.mockImplementation(fail);
    await invalidator.invalidate([keys.all()]);
    store.invalidate.mockImplementation(removeOne);
    expect(await invalidator.flush({ deadlineMs: 1000 })).toBe(0);
    expect(of('invalidated')).toMatchObject([{ target: 'posts:all', replayed: true }]);
  });

  it('returns how many are lost, without those of the outbox', async () => {
    const { invalidator, breaker, store } = setUp();
    store.invalidate.mockImplementation(fail);
    await invalidator.invalidate([keys.all()]);
    invalidator.repeatLater({ kind: 'tag', tag: 'a', template: 'tag' });
    expect(invalidator.isSuspect('x', ['a'])).toBe(true);
    expect(await invalidator.flush({ deadlineMs: 1000 })).toBe(1);
    invalidator.close();
    breaker.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

function setUp({ failureThreshold = 5, maxPending = 100 } = {}) {
  const { listener, story, of } = recordEvents();
  const events = createEvents([listener]);
  const store = {
    invalidate: vi.fn<CacheStore['invalidate']>(removeOne),
    invalidateMatching: vi.fn<CacheStore['invalidateMatching']>(async () => 0),
  };
  const ping = vi.fn<() => Promise<void>>(async () => undefined);
  const breaker = createCircuitBreaker({
    store: { ping },
    events,
    timeoutMs: TIMEOUT_MS,
    failureThreshold,
    retryMs: RETRY_MS,
  });
  const log: string[] = [];
  const invalidator = createInvalidator({
    store,
    breaker,
    events,
    templateOf: (key) => (key.startsWith('posts:id:') ? 'posts:id:{id}' : 'other'),
    onInvalidated: (target) => log.push(nameOf(target)),
    timeoutMs: TIMEOUT_MS,
    patternTimeoutMs: PATTERN_TIMEOUT_MS,
    retryMs: RETRY_MS,
    maxPending,
  });
  return { invalidator, store, breaker, ping, log, story, of };
}

const removeOne: CacheStore['invalidate'] = async ({ kind }) => ({
  removed: kind === 'key',
  stored: false,
});

function fail(): Promise<never> {
  return Promise.reject(new Error('no connection'));
}

function hang(): Promise<never> {
  return new Promise(() => {});
}
