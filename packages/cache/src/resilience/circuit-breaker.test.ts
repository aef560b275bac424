import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CacheStoreError, CacheUsageError } from '../errors.ts';
import { createEvents } from '../observe/events.ts';
import { recordEvents } from '../testing/recorded-events.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';

const TIMEOUT_MS = 250;
const RETRY_MS = 500;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a call through the breaker', () => {
  it('returns the answer, and emits the duration for each template of a batch', async () => {
    const { breaker, of } = setUp();
    const answer = breaker.run({
      operation: 'get',
      templates: ['a', 'b'],
      run: () => new Promise((resolve) => setTimeout(() => resolve('answer'), 7)),
      timeoutMs: TIMEOUT_MS,
    });
    await vi.advanceTimersByTimeAsync(7);
    expect(await answer).toBe('answer');
    expect(of('operation')).toEqual([
      { type: 'operation', operation: 'get', template: 'a', durationMs: 7 },
      { type: 'operation', operation: 'get', template: 'b', durationMs: 7 },
    ]);
  });

  it('fails at its deadline when the store never answers', async () => {
    const { get, of } = setUp();
    const failure = get(hang).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await failure).toMatchObject({ failure: 'timeout' });
    const timeout = { error: { failure: 'timeout' }, durationMs: TIMEOUT_MS };
    expect(of('operation')).toMatchObject([timeout]);
  });

  it('fails without asking the store when no time is left, and is not counted', async () => {
    const { breaker } = setUp({ failureThreshold: 1 });
    const run = vi.fn<() => Promise<void>>();
    const call = { operation: 'fill', templates: ['a'], run, timeoutMs: 0 } as const;
    await expect(breaker.run(call)).rejects.toMatchObject({ failure: 'timeout' });
    expect(run).not.toHaveBeenCalled();
    expect(breaker.state).toBe('closed');
  });

  it('fails with the store, also if the store throws instead of rejecting', async () => {
    const { get } = setUp();
    const cause = new Error('thrown at once');
    const failure = get(() => {
      throw cause;
    });
    await expect(failure).rejects.toMatchObject({
      name: 'CacheStoreError',
      failure: 'error',
      cause,
    });
  });
});

describe('the breaker', () => {
  it('opens after the threshold of failures in a row', async () => {
    const { breaker, get, story } = setUp({ failureThreshold: 3 });
    for (let n = 0; n < 2; n += 1) await expect(get(fail)).rejects.toThrow(CacheStoreError);
    expect(breaker.state).toBe('closed');
    await expect(get(fail)).rejects.toThrow(CacheStoreError);
    expect(breaker.state).toBe('open');
    expect(story()).toEqual(['operation', 'operation', 'operation', 'breaker', 'store-down']);
  });

  it('counts one failure for a batch, however many reads share it', async () => {
    const { breaker } = setUp({ failureThreshold: 2 });
    const call = { operation: 'get', run: fail, timeoutMs: TIMEOUT_MS } as const;
    const failure = breaker.run({ ...call, templates: ['a', 'b', 'c'] });
    await expect(failure).rejects.toThrow(CacheStoreError);
    expect(breaker.state).toBe('closed');
  });

  it('counts from 0 after a success', async () => {
    const { breaker, get } = setUp({ failureThreshold: 2 });
    for (let n = 0; n < 5; n += 1) {
      await expect(get(fail)).rejects.toThrow(CacheStoreError);
      await get(succeed);
    }
    expect(breaker.state).toBe('closed');
  });

  it('does not count usage errors', async () => {
    const { breaker, get, of } = setUp({ failureThreshold: 1 });
    const mistake = new CacheUsageError('a bad key');
    await expect(get(() => Promise.reject(mistake))).rejects.toBe(mistake);
    expect(breaker.state).toBe('closed');
    expect(of('operation')).toEqual([]);
  });

  it.each([
    { where: 'on it', error: Object.assign(new CacheStoreError('error', 'x'), { ofKey: true }) },
    { where: 'on its cause', error: Object.assign(new Error('WRONGTYPE'), { ofKey: true }) },
  ])('does not count an error of one key, marked $where', async ({ error }) => {
    const { breaker, get, of } = setUp({ failureThreshold: 1 });
    await expect(get(() => Promise.reject(error))).rejects.toThrow(CacheStoreError);
    expect(breaker.state).toBe('closed');
    expect(of('operation')).toMatchObject([{ error: { name: 'CacheStoreError' } }]);
  });

  it('does not count failures of background work', async () => {
    const { breaker } = setUp({ failureThreshold: 1 });
    const call = { operation: 'invalidate', templates: ['a'], timeoutMs: TIMEOUT_MS } as const;
    const failure = breaker.run({ ...call, run: fail, background: true });
    await expect(failure).rejects.toThrow(CacheStoreError);
    expect(breaker.state).toBe('closed');
  });

  it('refuses calls at once while it is open, without asking the store', async () => {
    const { get, of, open } = setUp();
    await open();
    const run = vi.fn<() => Promise<void>>();
    await expect(get(run)).rejects.toMatchObject({
      failure: 'open',
      cause: { failure: 'error', cause: { message: 'no connection' } },
    });
    expect(run).not.toHaveBeenCalled();
    // A refusal is not an operation on the store, and would make it look fast.
    expect(of('operation')).toHaveLength(1);
  });

  it('finds the store again by itself, and closes at once', async () => {
    const { breaker, get, ping, open, of } = setUp();
    await open();
    ping.mockImplementation(fail);
    await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
    expect(ping).toHaveBeenCalledTimes(3);
    expect(breaker.state).toBe('open');
    ping.mockImplementation(succeed);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(breaker.state).toBe('closed');
    expect(of('store-up')).toEqual([{ type: 'store-up', downMs: 4 * RETRY_MS }]);
    await get(succeed);
  });

  it('is half-open while it probes, refuses calls, and gives up a probe without an answer', async () => {
    const { breaker, get, ping, open } = setUp();
    await open();
    ping.mockImplementation(hang);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(breaker.state).toBe('half-open');
    await expect(get(succeed)).rejects.toMatchObject({ failure: 'open' });
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(ping).toHaveBeenCalledTimes(2);
  });

  it('probes at once on request, and only once at a time', async () => {
    const { breaker, ping, open } = setUp();
    await breaker.probe();
    expect(ping).not.toHaveBeenCalled();
    await open();
    await Promise.all([breaker.probe(), breaker.probe()]);
    expect(ping).toHaveBeenCalledOnce();
    expect(breaker.state).toBe('closed');
    breaker.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ignores the failure of a call from before it opened', async () => {
    const { breaker, get, open } = setUp();
    const { promise, reject } = Promise.withResolvers<never>();
    const early = get(() => promise).catch((error: unknown) => error);
    await open();
    await breaker.probe();
    expect(breaker.state).toBe('closed');
    reject(new Error('connection lost'));
    expect(await early).toMatchObject({ failure: 'error' });
    expect(breaker.state).toBe('closed');
  });

  it('opens again after it has closed, and emits each of its states once', async () => {
    const { open, breaker, ping, of, story } = setUp();
    await open();
    ping.mockImplementationOnce(fail);
    await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
    await open();
    expect(breaker.state).toBe('open');
    const states = ['open', 'half-open', 'open', 'half-open', 'closed', 'open'];
    expect(of('breaker').map(({ state }) => state)).toEqual(states);
    const changes = story().filter((type) => type.startsWith('store-'));
    expect(changes).toEqual(['store-down', 'store-up', 'store-down']);
  });

  it('stops probing once it is shut down, also in the middle of a probe', async () => {
    const { breaker, ping, open, of } = setUp();
    await open();
    ping.mockImplementation(hang);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    breaker.close();
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(ping).toHaveBeenCalledOnce();
    expect(of('store-up')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

function setUp({ failureThreshold = 1 }: { failureThreshold?: number } = {}) {
  const { listener, story, of } = recordEvents();
  const ping = vi.fn<() => Promise<void>>(succeed);
  const breaker = createCircuitBreaker({
    store: { ping },
    events: createEvents([listener]),
    timeoutMs: TIMEOUT_MS,
    failureThreshold,
    retryMs: RETRY_MS,
  });
  const get = <T>(run: () => Promise<T>) =>
    breaker.run({ operation: 'get', templates: ['a'], run, timeoutMs: TIMEOUT_MS });
  const open = () => expect(get(fail)).rejects.toThrow(CacheStoreError);
  return { breaker, get, open, ping, story, of };
}

function succeed(): Promise<void> {
  return Promise.resolve();
}

function fail(): Promise<never> {
  return Promise.reject(new Error('no connection'));
}

function hang(): Promise<never> {
  return new Promise(() => {});
}
