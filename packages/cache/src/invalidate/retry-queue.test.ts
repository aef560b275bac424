import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createRetryQueue } from './retry-queue.ts';
import { nameOf, type InvalidationTarget } from './targets.ts';

const RETRY_MS = 500;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the retry queue', () => {
  it('repeats a target until it succeeds, and is then empty and idle', async () => {
    const { queue, apply } = setUp();
    apply.mockRejectedValueOnce(new Error('not yet'));
    queue.add(post(1));
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(queue.size).toBe(1);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(queue.size).toBe(0);
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(apply).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('repeats everything at once when the store is back, and nothing while it is away', async () => {
    let away = true;
    const { queue, applied } = setUp({ isStoreAway: () => away });
    queue.add(post(1));
    queue.add(tag('user:1'));
    await vi.advanceTimersByTimeAsync(5 * RETRY_MS);
    expect(applied()).toEqual([]);
    away = false;
    queue.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(applied()).toEqual(['posts:id:1', 'user:1']);
    expect(queue.size).toBe(0);
  });

  it('applies 6,000 healthy targets within seconds while 3,000 get no answer', async () => {
    const deadlineMs = 250;
    const { queue, apply } = setUp({ max: 10_000 });
    apply.mockImplementation(async (target) => {
      if (Number(nameOf(target).split(':').at(-1)) % 3 > 0) return 1;
      await new Promise((resolve) => setTimeout(resolve, deadlineMs));
      throw new Error('no answer');
    });
    for (let id = 0; id < 9000; id += 1) queue.add(post(id));
    await vi.advanceTimersByTimeAsync(5000);
    expect(queue.size).toBe(3000);
    queue.add(post(9001));
    await vi.advanceTimersByTimeAsync(5000);
    expect(queue.isSuspect('posts:id:9001', undefined)).toBe(false);
  });

  it('reports each success when the queue is shorter by it, down to none', async () => {
    const { queue, onApplied } = setUp();
    const sizes: number[] = [];
    onApplied.mockImplementation(() => sizes.push(queue.size));
    for (let id = 0; id < 4; id += 1) queue.add(post(id));
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(sizes).toEqual([3, 2, 1, 0]);
  });

  it('does not hold keys up behind a pattern, and walks one pattern at a time', async () => {
    const { queue, apply, applied } = setUp();
    apply.mockImplementation((target) =>
      target.kind === 'pattern' ? new Promise(() => {}) : Promise.resolve(1),
    );
    for (const target of [pattern('a:*'), pattern('b:*'), post(1)]) queue.add(target);
    await vi.advanceTimersByTimeAsync(3 * RETRY_MS);
    expect(applied()).toEqual(['a:*', 'posts:id:1']);
    expect(queue.size).toBe(2);
  });

  it('repeats an item again that failed again during its repetition', async () => {
    const { queue, apply } = setUp();
    const first = Promise.withResolvers<number>();
    apply.mockReturnValueOnce(first.promise);
    queue.add(post(1));
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    // A later write fails to invalidate: the running attempt may have come before its commit.
    queue.add(post(1));
    first.resolve(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.isSuspect('posts:id:1', undefined)).toBe(true);
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(queue.size).toBe(0);
    expect(apply).toHaveBeenCalledTimes(2);
  });

  it('suspects its items: keys, tags and all that a pattern matches', () => {
    const { queue } = setUp();
    expect(queue.isSuspect('posts:id:1', ['user:1'])).toBe(false);
    for (const target of [post(1), tag('user:1'), pattern('lists:*')]) queue.add(target);
    expect(queue.isSuspect('posts:id:1', undefined)).toBe(true);
    expect(queue.isSuspect('posts:id:2', ['user:1'])).toBe(true);
    expect(queue.isSuspect('lists:all', undefined)).toBe(true);
    expect(queue.isSuspect('posts:id:2', ['user:2'])).toBe(false);
    expect(queue.isSuspect('user:1', ['posts:id:1'])).toBe(false);
  });
});

describe('a full retry queue', () => {
  it('merges the keys of the new one into the pattern of its template', () => {
    const { queue } = setUp({ max: 2 });
    for (const id of [1, 2, 3, 4]) expect(queue.add(post(id))).toBe(true);
    // The pattern, and the key that came after there was room again.
    expect(queue.size).toBe(2);
    for (const id of [1, 2, 3, 4, 99]) {
      expect(queue.isSuspect(`posts:id:${id}`, undefined)).toBe(true);
    }
  });

  it('makes room for a tag, a pattern and an undeclared key by merging others', () => {
    for (const target of [tag('a'), pattern('b:*'), undeclared('c')]) {
      const { queue } = setUp({ max: 2 });
      queue.add(post(1));
      queue.add(post(2));
      expect(queue.add(target)).toBe(true);
      expect(queue.size).toBe(2);
      expect(queue.isSuspect('posts:id:1', undefined)).toBe(true);
    }
  });

  it('keeps the only key of a template as it is', () => {
    const { queue } = setUp({ max: 1 });
    queue.add(tag('a'));
    expect(queue.add({ kind: 'key', key: 'posts:all', template: 'posts:all' })).toBe(true);
    expect(queue.isSuspect('posts:all', undefined)).toBe(true);
  });

  it('drops a target only if nothing can be merged', () => {
    const { queue } = setUp({ max: 1 });
    queue.add(undeclared('a'));
    expect(queue.add(undeclared('b'))).toBe(false);
    expect(queue.add(undeclared('a'))).toBe(true);
    expect(queue.size).toBe(1);
  });

  it('ignores the result of a key that was merged meanwhile', async () => {
    const { queue, apply } = setUp({ max: 1 });
    const running = Promise.withResolvers<number>();
    apply.mockReturnValueOnce(running.promise);
    queue.add(post(1));
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    queue.add(post(2));
    running.resolve(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(queue.isSuspect('posts:id:1', undefined)).toBe(true);
  });
});

describe('a flush', () => {
  it('repeats everything once more, and resolves with how many are lost', async () => {
    const { queue, apply } = setUp();
    apply.mockImplementation((target) =>
      nameOf(target) === 'posts:id:2' ? Promise.reject(new Error('no')) : Promise.resolve(1),
    );
    for (const id of [1, 2, 3]) queue.add(post(id));
    expect(await queue.flush({ deadlineMs: 1000 })).toBe(1);
    await vi.advanceTimersByTimeAsync(10 * RETRY_MS);
    expect(apply).toHaveBeenCalledTimes(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not count targets that are in the outbox too', async () => {
    const { queue, apply } = setUp();
    apply.mockRejectedValue(new Error('no'));
    queue.add(post(1), true);
    queue.add(post(2), true);
    queue.add(post(2));
    expect(await queue.flush({ deadlineMs: 1000 })).toBe(1);
  });

  it('ends at its deadline', async () => {
    const { queue, apply } = setUp();
    apply.mockReturnValue(new Promise(() => {}));
    queue.add(post(1));
    const lost = queue.flush({ deadlineMs: 1000 });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await lost).toBe(1);
  });
});

function setUp({
  max = 100,
  isStoreAway = () => false,
}: { max?: number; isStoreAway?: () => boolean } = {}) {
  const apply = vi.fn<(target: InvalidationTarget) => Promise<number>>().mockResolvedValue(1);
  const onApplied = vi.fn<(target: InvalidationTarget, removed: number) => void>();
  const queue = createRetryQueue({ max, retryMs: RETRY_MS, apply, onApplied, isStoreAway });
  const applied = () => apply.mock.calls.map(([target]) => nameOf(target));
  return { queue, apply, applied, onApplied };
}

function post(id: number): InvalidationTarget {
  return { kind: 'key', key: `posts:id:${id}`, template: 'posts:id:{id}' };
}

function undeclared(key: string): InvalidationTarget {
  return { kind: 'key', key, template: 'other' };
}

function tag(name: string): InvalidationTarget {
  return { kind: 'tag', tag: name, template: 'tag' };
}

function pattern(text: string): InvalidationTarget {
  return { kind: 'pattern', pattern: text, template: 'pattern' };
}
