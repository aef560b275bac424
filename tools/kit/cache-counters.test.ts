import { expect, test } from 'vitest';

import { parseCacheCounters } from './cache-counters.ts';

test('reads both counters of each key, and nothing else', () => {
  const metrics = [
    '# TYPE cache_hits_total counter',
    'cache_hits_total{key="posts:all"} 12',
    'cache_hits_total{key="posts:user:{userId}"} 3',
    'cache_misses_total{pod="a",key="posts:all"} 4',
    'cache_operation_duration_ms_count{operation="get",key="posts:all"} 9',
  ].join('\n');
  expect(Object.fromEntries(parseCacheCounters(metrics))).toEqual({
    'posts:all': { hits: 12, misses: 4 },
    'posts:user:{userId}': { hits: 3, misses: 0 },
  });
});
