import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CacheStoreError, CacheUsageError } from '../errors.ts';
import { createEvents } from '../observe/events.ts';
import { createMemoryStore } from '../stores/memory/store.ts';
import { createChaosStore } from '../testing/chaos-store.ts';
import { recordEvents } from '../testing/recorded-events.ts';
import { createGate, type Gate } from './circuit-breaker.ts';

const TIMEOUT_MS = 250;
const RETRY_MS = 500;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a call through the gate', () => {
  it('passes on the answer and tells how long it took', async () => {
    const { get, of } = setUp();
    expect(await get()).toBeUndefined();
    expect(of('operation')).toEqual([
      { type: 'operation', operation: 'get', template: 'a', durationMs: 0 },
    ]);
  });

  it('fails at its deadline when the store never answers', async () => {
    const { get, chaos, of } = setUp();
    chaos.silence();
    const failure = get().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await failure).toMatchObject({ failure: 'timeout' });
    expect(of('operation')).toMatchObject([
      { error: { failure: 'timeout' }, durationMs: TIMEOUT_MS },
    ]);
  });

  it('may have a deadline of its own', async () => {
    const { gate } = setUp();
    const failure = gate
      .call({ operation: 'invalidate', template: 'a', run: hang, timeoutMs: 5000 })
      .catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await failure).toMatchObject({ message: expect.stringContaining('5000 ms') });
  });

  it('fails with the store, also with one that throws instead of rejecting', async () => {
    const { gate } = setUp();
    const cause = new Error('thrown at once');
    const run = (): Promise<never> => {
      throw cause;
    };
    await expect(gate.call({ operation: 'get', template: 'a', run })).rejects.toMatchObject({
      name: 'CacheStoreError',
      failure: 'error',
      cause,
    });
  });
});

describe('the breaker', () => {
  it('opens after as many failures in a row as it was told', async () => {
    const { gate, get, chaos, story } = setUp({ failureThreshold: 3 });
    chaos.fail();
    for (let n = 0; n < 2; n += 1) await expect(get()).rejects.toThrow(CacheStoreError);
    expect(gate.state).toBe('closed');
    await expect(get()).rejects.toThrow(CacheStoreError);
    expect(gate.state).toBe('open');
    expect(story()).toEqual(['operation', 'operation', 'operation', 'breaker', 'store-down']);
  });

  it('starts counting anew after a success', async () => {
    const { gate, get, chaos } = setUp({ failureThreshold: 2 });
    for (let n = 0; n < 5; n += 1) {
      chaos.fail();
      await expect(get()).rejects.toThrow(CacheStoreError);
      chaos.heal();
      await get();
    }
    expect(gate.state).toBe('closed');
  });

  it('does not count the mistakes of callers', async () => {
    const { gate, of } = setUp({ failureThreshold: 1 });
    const mistake = new CacheUsageError('a bad key');
    const run = () => Promise.reject(mistake);
    await expect(gate.call({ operation: 'get', template: 'a', run })).rejects.toBe(mistake);
    expect(gate.state).toBe('closed');
    expect(of('operation')).toEqual([]);
  });

  it('refuses calls at once while it is open, without asking the store', async () => {
    const { get, chaos, of, open } = setUp();
    await open();
    const calls = chaos.calls('get');
    await expect(get()).rejects.toMatchObject({
      failure: 'open',
      cause: { failure: 'error', cause: { message: 'chaos: get fails' } },
    });
    expect(chaos.calls('get')).toBe(calls);
    // A refusal is not an operation on the store, and would make it look fast.
    expect(of('operation')).toHaveLength(1);
  });

  it('looks for the store by itself until it answers', async () => {
    const { gate, get, chaos, open, of } = setUp();
    await open();
    await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
    expect(chaos.calls('ping')).toBe(3);
    expect(gate.state).toBe('open');
    chaos.heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(gate.state).toBe('closed');
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 0 }]);
    expect(await get()).toBeUndefined();
  });

  it('stays open while it asks, and does not ask for ever', async () => {
    const { gate, get, chaos, open } = setUp();
    await open();
    chaos.silence();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(gate.state).toBe('open');
    await expect(get()).rejects.toMatchObject({ failure: 'open' });
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(gate.state).toBe('open');
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(chaos.calls('ping')).toBe(2);
  });

  it('is half-open while it recovers: invalidations pass, reads do not', async () => {
    const recovery = Promise.withResolvers<number>();
    const { gate, get, chaos, open } = setUp({ recover: () => recovery.promise });
    await open();
    chaos.heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(gate.state).toBe('half-open');
    await expect(get()).rejects.toMatchObject({ failure: 'open' });
    const invalidation = { operation: 'invalidate', template: 'a', run: async () => 1 } as const;
    expect(await gate.call(invalidation)).toBe(1);
    recovery.resolve(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(gate.state).toBe('closed');
  });

  it('stays open while the recovery fails', async () => {
    const recover = vi.fn<() => Promise<number>>().mockRejectedValue(new Error('not yet'));
    const { gate, chaos, open } = setUp({ recover });
    await open();
    chaos.heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(gate.state).toBe('open');
    recover.mockResolvedValue(7);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(gate.state).toBe('closed');
  });

  it('recovers again, before it closes, from what fails while it recovers', async () => {
    const runs: PromiseWithResolvers<number>[] = [];
    const recover = () => {
      const run = Promise.withResolvers<number>();
      runs.push(run);
      return run.promise;
    };
    const { gate, chaos, open, of } = setUp({ recover });
    await open();
    chaos.heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    // The recovery has looked at everything and is about to end as one more writer fails.
    runs[0]!.resolve(1);
    gate.trip(new CacheStoreError('open', 'a writer was refused'));
    await vi.advanceTimersByTimeAsync(0);
    expect(gate.state).toBe('half-open');
    runs[1]!.resolve(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(gate.state).toBe('closed');
    expect(of('store-up')).toEqual([{ type: 'store-up', replayed: 3 }]);
  });

  it('opens at once when it is tripped, and says so once', () => {
    const { gate, of } = setUp();
    const error = new CacheStoreError('timeout', 'an invalidation failed');
    gate.trip(error);
    gate.trip(error);
    expect(gate.state).toBe('open');
    expect(of('store-down')).toEqual([{ type: 'store-down', error }]);
  });

  it('opens again after it has recovered', async () => {
    const { gate, chaos, open, story } = setUp();
    await open();
    chaos.heal();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    await open();
    expect(gate.state).toBe('open');
    const told = story().filter((type) => type !== 'breaker');
    expect(told).toEqual(['operation', 'store-down', 'store-up', 'operation', 'store-down']);
  });

  it('tells of each of its states, and of none twice', async () => {
    const recover = vi.fn<() => Promise<number>>().mockRejectedValueOnce(new Error('not yet'));
    recover.mockResolvedValue(0);
    const { chaos, open, of } = setUp({ recover });
    await open();
    await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
    chaos.heal();
    await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
    const states = ['open', 'half-open', 'open', 'half-open', 'closed'];
    expect(of('breaker').map(({ state }) => state)).toEqual(states);
  });

  it('stops looking once it is closed for good, also in the middle of a look', async () => {
    const { gate, chaos, open, of } = setUp();
    await open();
    chaos.silence();
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    gate.close();
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(chaos.calls('ping')).toBe(1);
    expect(of('store-up')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

function setUp({
  failureThreshold = 1,
  recover = async () => 0,
}: { failureThreshold?: number; recover?: () => Promise<number> } = {}) {
  const { store, ...chaos } = createChaosStore(createMemoryStore());
  const { listener, story, of } = recordEvents();
  const events = createEvents([listener]);
  const timeoutMs = TIMEOUT_MS;
  const gate: Gate = createGate({
    store,
    events,
    timeoutMs,
    failureThreshold,
    retryMs: RETRY_MS,
    recover,
  });
  const get = () => gate.call({ operation: 'get', template: 'a', run: () => store.get('a') });
  async function open() {
    chaos.fail();
    await expect(get()).rejects.toThrow(CacheStoreError);
  }
  return { gate, get, open, chaos, story, of };
}

function hang(): Promise<never> {
  return new Promise(() => {});
}
