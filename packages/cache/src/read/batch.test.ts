import { describe, expect, it, vi } from 'vitest';

import { createGathering } from './batch.ts';

const failing = () => Promise.reject(new Error('no'));

describe('createGathering', () => {
  it('makes one call for all who ask in the same turn', async () => {
    const gather = createGathering<string>();
    const work = vi.fn<() => Promise<string>>(async () => 'found');
    const answers = await Promise.all(Array.from({ length: 100 }, () => gather('name', work)));
    expect(new Set(answers)).toEqual(new Set(['found']));
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('lets nobody join a call that has begun', async () => {
    const gather = createGathering<string>();
    const first = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<void>();
    const early = gather('name', () => {
      begun.resolve();
      return first.promise;
    });
    await begun.promise;
    const late = gather('name', async () => 'newer');
    expect(await late).toBe('newer');
    first.resolve('older');
    expect(await early).toBe('older');
  });

  it('keeps names apart', async () => {
    const gather = createGathering<string>();
    const [a, b] = await Promise.all([gather('a', async () => 'A'), gather('b', async () => 'B')]);
    expect([a, b]).toEqual(['A', 'B']);
  });

  it('tells every asker of a failure, and asks anew after it', async () => {
    const gather = createGathering<string>();
    const askers = [gather('name', failing), gather('name', failing)];
    const results = await Promise.allSettled(askers);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await gather('name', async () => 'yes')).toBe('yes');
  });
});
