import type { RedisClient } from '@relay/cache/redis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { createRateLimit } from './rate-limit.ts';

const LIMITED = { code: 'rate-limited', retryAfterSeconds: 60 };
const common = { name: 'test:limit', points: 2, detail: 'Too many' };

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('without Redis', () => {
  test('counts each key separately, and rejects with the time to wait', async () => {
    const limit = createRateLimit({ ...common, redis: undefined });
    await limit.count('ann');
    await limit.count('ann');
    await expect(limit.count('ann')).rejects.toMatchObject({ ...LIMITED, message: 'Too many' });
    await expect(limit.count('bob')).resolves.toBeUndefined();
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(limit.count('ann')).resolves.toBeUndefined();
  });

  test('rejects with the remaining time of the window', async () => {
    const limit = createRateLimit({ ...common, redis: undefined, points: 1 });
    await limit.count('ann');
    await vi.advanceTimersByTimeAsync(10_000);
    await expect(limit.count('ann')).rejects.toMatchObject({ retryAfterSeconds: 50 });
  });

  test('a refunded attempt does not count', async () => {
    const limit = createRateLimit({ ...common, redis: undefined });
    for (let time = 1; time <= 5; time += 1) {
      await limit.count('ann');
      await limit.refund('ann');
    }
    await limit.count('ann');
    await limit.count('ann');
    await expect(limit.count('ann')).rejects.toMatchObject(LIMITED);
  });

  test('a reset begins a new window', async () => {
    const limit = createRateLimit({ ...common, redis: undefined, points: 1 });
    await limit.count('ann');
    await limit.reset('ann');
    await expect(limit.count('ann')).resolves.toBeUndefined();
  });
});

/** The part of ioredis that the limiter calls. `count` stands for its script. */
function fakeRedis(count: () => Promise<[consumed: number, ttlMs: number]>) {
  const rlflxIncr = vi.fn<typeof count>(count);
  const del = vi.fn<() => Promise<number>>(() => Promise.reject(new Error('READONLY')));
  const client = { status: 'ready', defineCommand() {}, rlflxIncr, del };
  return { rlflxIncr, redis: client as unknown as RedisClient };
}

describe('with Redis', () => {
  test('counts there', async () => {
    const { redis } = fakeRedis(async () => [3, 12_000]);
    const limit = createRateLimit({ ...common, redis });
    await expect(limit.count('ann')).rejects.toMatchObject({ retryAfterSeconds: 12 });
  });

  test('counts in the process for failed commands, and tries Redis again after a pause', async () => {
    const { redis, rlflxIncr } = fakeRedis(() => Promise.reject(new Error('OOM')));
    let nowMs = 0;
    const limit = createRateLimit({ ...common, redis, pauseMs: 1000, now: () => nowMs });
    await limit.count('ann');
    nowMs = 999;
    await limit.count('ann');
    await expect(limit.count('ann')).rejects.toMatchObject(LIMITED);
    expect(rlflxIncr).toHaveBeenCalledTimes(1);
    nowMs = 1000;
    await expect(limit.count('ann')).rejects.toMatchObject(LIMITED);
    expect(rlflxIncr).toHaveBeenCalledTimes(2);
    await expect(limit.reset('ann')).resolves.toBeUndefined();
    await expect(limit.count('ann')).resolves.toBeUndefined();
  });

  test('reports once that Redis does not count, until it counts again', async () => {
    const oom = new Error('OOM');
    const answers = vi.fn<() => Promise<[number, number]>>();
    const { redis } = fakeRedis(answers);
    const lost: unknown[] = [];
    const onLost = (error: unknown) => lost.push(error);
    const limit = createRateLimit({ ...common, redis, points: 9, pauseMs: 0, onLost });
    answers.mockRejectedValue(oom);
    await limit.count('ann');
    await limit.count('ann');
    expect(lost).toEqual([oom]);
    answers.mockResolvedValueOnce([99, 1000]);
    await expect(limit.count('ann')).rejects.toMatchObject({ code: 'rate-limited' });
    await limit.count('ann');
    expect(lost).toEqual([oom, oom]);
  });

  test('waits for a silent Redis once in a pause, and not longer than the deadline', async () => {
    const { redis, rlflxIncr } = fakeRedis(() => new Promise(() => {}));
    let nowMs = 0;
    const options = { timeoutMs: 100, pauseMs: 1000, now: () => nowMs };
    const limit = createRateLimit({ ...common, redis, points: 9, ...options });
    const first = limit.count('ann');
    await vi.advanceTimersByTimeAsync(100);
    await first;
    nowMs = 999;
    await limit.count('ann');
    expect(rlflxIncr).toHaveBeenCalledOnce();
    nowMs = 1000;
    void limit.count('ann');
    expect(rlflxIncr).toHaveBeenCalledTimes(2);
  });
});
