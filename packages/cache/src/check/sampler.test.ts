import { describe, expect, it } from 'vitest';

import { key } from '../keys/define-keys.ts';
import { createSampler, type SamplerOptions, type SamplerResult } from './sampler.ts';

const post = key('post:{id}')({ id: 1 });

const settle = () => new Promise((resolve) => void setImmediate(resolve));

/** A sampler of every read, over a cache and a source that are plain variables. */
function setUp(options: Partial<SamplerOptions> = {}) {
  const timers: { dueAt: number; callback: () => void }[] = [];
  const results: SamplerResult[] = [];
  const world = { cached: 'old' as unknown, source: 'new' as unknown, now: 0 };
  const sampler = createSampler({
    cache: { get: (() => Promise.resolve(world.cached)) as SamplerOptions['cache']['get'] },
    source: () => Promise.resolve(world.source),
    onResult: (result) => results.push(result),
    rate: 1,
    random: () => 0.5,
    clock: {
      now: () => world.now,
      after(delayMs, callback) {
        const timer = { dueAt: world.now + delayMs, callback };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    },
    ...options,
  });

  async function runUntil(time: number): Promise<void> {
    await settle();
    while (timers[0] && timers[0].dueAt <= time) {
      const { dueAt, callback } = timers.shift()!;
      world.now = dueAt;
      callback();
      await settle();
    }
    world.now = time;
  }
  const verdicts = () => results.map(({ verdict, ageMs }) => `${verdict} at ${ageMs}`);
  return { sampler, world, results, verdicts, runUntil, timers };
}

describe('a sampled read', () => {
  it('is consistent if the source has the same value', async () => {
    const { sampler, verdicts, runUntil } = setUp();
    sampler.observe(post, 'new');
    await runUntil(100_000);
    expect(verdicts()).toEqual(['consistent at 0']);
  });

  it('is inconsistent if it differs at 1, 10 and 60 seconds too', async () => {
    const { sampler, verdicts, runUntil } = setUp();
    sampler.observe(post, 'old');
    await runUntil(59_999);
    expect(verdicts()).toEqual(['suspect at 0']);
    await runUntil(60_000);
    expect(verdicts()).toEqual(['suspect at 0', 'inconsistent at 60000']);
  });

  it('is resolved once the cache has caught up', async () => {
    const { sampler, world, verdicts, runUntil } = setUp();
    sampler.observe(post, 'old');
    await runUntil(5000);
    world.cached = 'new';
    await runUntil(100_000);
    expect(verdicts()).toEqual(['suspect at 0', 'resolved at 10000']);
  });

  it('is resolved if a write overtakes the check', async () => {
    const values = ['2', '2', '3'];
    const { sampler, world, verdicts, runUntil } = setUp({
      source: () => Promise.resolve(values.shift()),
    });
    world.cached = '3';
    sampler.observe(post, '1');
    await runUntil(1000);
    expect(verdicts()).toEqual(['suspect at 0', 'resolved at 1000']);
  });

  it('has no verdict if the source cannot be read', async () => {
    const error = new Error('database away');
    const { sampler, results, runUntil } = setUp({ source: () => Promise.reject(error) });
    sampler.observe(post, 'old');
    await runUntil(0);
    expect(results).toEqual([{ verdict: 'failed', key: post, ageMs: 0, error }]);
  });
});

describe('bounds', () => {
  it('takes the given share of all reads', async () => {
    const draws = [0.09, 0.1, 0.5];
    const random = () => draws.shift()!;
    const { sampler, results, runUntil } = setUp({ rate: 0.1, random });
    for (let reads = 0; reads < 3; reads += 1) sampler.observe(post, 'new');
    await runUntil(0);
    expect(results).toHaveLength(1);
  });

  it('skips reads while too many checks are under way, suspects included', async () => {
    const { sampler, verdicts, runUntil } = setUp({ maxPending: 1 });
    sampler.observe(post, 'old');
    await runUntil(0);
    sampler.observe(post, 'new');
    await runUntil(60_000);
    sampler.observe(post, 'new');
    await runUntil(60_000);
    expect(verdicts()).toEqual([
      'suspect at 0',
      'skipped at 0',
      'inconsistent at 60000',
      'consistent at 0',
    ]);
  });

  it('leaves no timer behind after close, and reports nothing more', async () => {
    const { sampler, results, timers, runUntil } = setUp();
    sampler.observe(post, 'old');
    await runUntil(0);
    sampler.close();
    await runUntil(100_000);
    expect(timers).toEqual([]);
    expect(results).toHaveLength(1);
  });
});
