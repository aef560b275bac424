import { createCache, createMemoryStore } from '@relay/cache';
import { cacheMetrics } from '@relay/cache/prometheus';
import { createMetrics } from '@relay/service-kit/metrics/metrics';
import { expect, test } from 'vitest';

import { loadsOf } from './loads.ts';

test('counts the loads of the list in the metrics of a real cache', async () => {
  const { registry } = createMetrics({ service: 'post', version: '1.2.3' });
  const keys = ['posts:all', 'posts:top:10'];
  const store = createMemoryStore();
  const cache = createCache({ store, keys, listeners: [cacheMetrics({ registry, keys })] });
  const read = (key: string) => cache.read({ key, ttlSeconds: 60, load: async () => 'loaded' });
  expect(loadsOf(await registry.metrics())).toBe(0);

  await Promise.all([read('posts:all'), read('posts:all'), read('posts:top:10')]);
  await read('posts:all');
  expect(loadsOf(await registry.metrics())).toBe(1);

  await cache.invalidateCache('posts:all');
  await read('posts:all');
  expect(loadsOf(await registry.metrics())).toBe(2);
  await cache.close();
});

test('returns undefined without the metric', () => {
  expect(loadsOf('<html>')).toBeUndefined();
});
