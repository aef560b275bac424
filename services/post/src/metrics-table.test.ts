import { cacheMetrics } from '@relay/cache/prometheus';
import { documentedMetrics, exposedMetrics } from '@relay/service-kit/testing/metrics-table';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

// Redis and Postgres are not needed for this part of the table: a forgotten metric is found at once.
test('the metrics of the cache are exactly the documented ones', async () => {
  const registry = new Registry();
  cacheMetrics({ registry, keys: ['posts:all'] });
  const documented = documentedMetrics('post').filter((name) => name.startsWith('cache_'));
  expect(exposedMetrics(await registry.metrics())).toEqual(documented);
});
