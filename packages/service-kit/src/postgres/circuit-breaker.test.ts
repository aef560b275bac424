import { AsyncLocalStorage } from 'node:async_hooks';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { BreakerState } from '../metrics/postgres-breaker.ts';
import { createDatabaseBreaker } from './circuit-breaker.ts';
import { DatabaseAwayError } from './errors.ts';

const RETRY_MS = 500;
const SUSPICION_MS = 1000;
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const states: BreakerState[] = [];
  const probe = vi.fn<() => Promise<void>>();
  const breaker = createDatabaseBreaker({
    probe,
    suspicionMs: SUSPICION_MS,
    retryMs: RETRY_MS,
    onState: (state) => states.push(state),
  });
  const released: string[] = [];
  const acquire = (connection: Promise<string>) =>
    breaker.guard(
      () => connection,
      (late) => released.push(late),
    );
  return { breaker, probe, states, acquire, released };
}
type SetUp = ReturnType<typeof setUp>;

async function opened({ breaker, probe }: SetUp): Promise<void> {
  probe.mockRejectedValue(refused);
  breaker.suspect();
  await vi.advanceTimersByTimeAsync(0);
  expect(breaker.state).toBe('open');
}

test('a failure that a probe does not confirm changes nothing', async () => {
  const { breaker, probe, states, acquire } = setUp();
  probe.mockResolvedValue();
  for (let n = 0; n < 100; n += 1) breaker.suspect();
  await vi.advanceTimersByTimeAsync(0);
  expect(probe).toHaveBeenCalledOnce();
  expect(states).toEqual([]);
  expect(await acquire(Promise.resolve('one'))).toBe('one');
});

test('a suspicion that a probe confirms opens it', async () => {
  const parts = setUp();
  await opened(parts);
  expect(parts.states).toEqual(['open']);
  const attempt = parts.acquire(Promise.resolve('one'));
  await expect(attempt).rejects.toThrow(DatabaseAwayError);
  await expect(attempt).rejects.toMatchObject({ cause: refused });
});

test('opens when the probe gets no answer, and closes when a later one does', async () => {
  const { breaker, probe, acquire } = setUp();
  const slow = Promise.withResolvers<void>();
  probe.mockReturnValue(slow.promise);
  breaker.suspect();
  await vi.advanceTimersByTimeAsync(SUSPICION_MS - 1);
  expect(breaker.state).toBe('closed');
  await vi.advanceTimersByTimeAsync(1);
  await expect(acquire(Promise.resolve('one'))).rejects.toThrow(/did not answer in time/);
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  slow.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(breaker.state).toBe('closed');
});

test('a server that answers meanwhile is reachable', async () => {
  const { breaker, probe, states } = setUp();
  probe.mockRejectedValue(refused);
  breaker.suspect();
  breaker.answered();
  await vi.advanceTimersByTimeAsync(0);
  expect(states).toEqual([]);
  breaker.suspect();
  await vi.advanceTimersByTimeAsync(0);
  expect(states).toEqual(['open']);
});

test('calls that wait for a connection are rejected when it opens', async () => {
  const parts = setUp();
  const late = Promise.withResolvers<string>();
  const outcome = parts.acquire(late.promise).catch((error: unknown) => error);
  await opened(parts);
  expect(await outcome).toBeInstanceOf(DatabaseAwayError);
  late.resolve('late');
  await vi.advanceTimersByTimeAsync(0);
  expect(parts.released).toEqual(['late']);
});

test('finds the database again without traffic', async () => {
  const parts = setUp();
  await opened(parts);
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  parts.probe.mockResolvedValue();
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  expect(parts.states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
  expect(await parts.acquire(Promise.resolve('two'))).toBe('two');
  const { length } = parts.probe.mock.calls;
  await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
  expect(parts.probe).toHaveBeenCalledTimes(length);
});

test('probes outside of the request that triggered it', async () => {
  const parts = setUp();
  const request = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  parts.probe.mockImplementation(async () => {
    seen.push(request.getStore());
    throw refused;
  });
  request.run('a request', () => parts.breaker.suspect());
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  expect(seen).toEqual([undefined, undefined]);
});

test('names the newest cause', async () => {
  const parts = setUp();
  await opened(parts);
  const starting = Object.assign(new Error('starting up'), { code: '57P03' });
  parts.probe.mockRejectedValue(starting);
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  await expect(parts.acquire(Promise.resolve('one'))).rejects.toMatchObject({ cause: starting });
});

test('a hanging probe does not delay the next one', async () => {
  const parts = setUp();
  await opened(parts);
  const hanging = Promise.withResolvers<void>();
  parts.probe.mockReturnValueOnce(hanging.promise).mockResolvedValueOnce();
  await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
  expect(parts.breaker.state).toBe('closed');
  hanging.reject(refused);
  await vi.advanceTimersByTimeAsync(0);
  expect(parts.breaker.state).toBe('closed');
});

test('a second outage is a second opening', async () => {
  const parts = setUp();
  await opened(parts);
  parts.probe.mockResolvedValue();
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  await opened(parts);
  expect(parts.breaker.openings).toBe(2);
});

test('probes no longer once it is closed', async () => {
  const parts = setUp();
  await opened(parts);
  parts.breaker.close();
  parts.probe.mockClear();
  await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
  expect(parts.probe).not.toHaveBeenCalled();
});
