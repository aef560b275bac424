import { expect, test } from 'vitest';

import { CacheStoreError } from '../errors.ts';
import { createStats } from './stats.ts';

const KEY = { key: 'posts:all', template: 'posts:all' };

test('each outcome of a read is counted, and the hit ratio compares hits with misses alone', () => {
  const { listener, read } = createStats();
  expect(read()).toEqual({ hits: 0, misses: 0, stale: 0, fallbacks: 0, hitRatio: null });
  for (let n = 0; n < 3; n += 1)
    listener({ type: 'hit', ...KEY, tier: n === 0 ? 'local' : 'store' });
  listener({ type: 'miss', ...KEY });
  listener({ type: 'stale', ...KEY, reason: 'revalidating' });
  listener({ type: 'fallback', ...KEY, error: new CacheStoreError('open', 'the breaker is open') });
  expect(read()).toEqual({ hits: 3, misses: 1, stale: 1, fallbacks: 1, hitRatio: 0.75 });
});

test('events that accompany a read do not count as reads', () => {
  const { listener, read } = createStats();
  listener({ type: 'coalesced', ...KEY, with: 'process' });
  listener({ type: 'refresh', ...KEY });
  listener({ type: 'discarded', ...KEY, reason: 'undecodable' });
  expect(read()).toMatchObject({ hits: 0, misses: 0, stale: 0, fallbacks: 0 });
});
