import { BytesIEC, NoUnit, OpsPerSecond } from '@grafana/grafana-foundation-sdk/units';

import { graph } from '../panels.ts';
import { of, query, rate } from '../queries.ts';
import { above, threshold } from '../thresholds.ts';

// Panels of both the dashboard of Redis and that of the cache.

const redis = of('redis-exporter');

export const memory = () =>
  graph({
    title: 'Memory',
    description:
      'The memory of Redis against maxmemory, at which it evicts; resident counts against the limit of the pod.',
    unit: BytesIEC,
    queries: [
      query(`redis_memory_used_bytes${redis}`, 'used'),
      query(`redis_memory_used_rss_bytes${redis}`, 'resident'),
      query(`redis_memory_used_dataset_bytes${redis}`, 'data'),
      query(`redis_memory_max_bytes${redis}`, 'maxmemory'),
    ],
    alerts: ['RelayRedisMemoryHigh'],
  });

export const keys = () =>
  graph({
    title: 'Keys',
    description:
      'Keys of the database that Relay uses; all but a few expire, as entries and counters of logins do.',
    unit: NoUnit,
    queries: [
      query(`sum(redis_db_keys${redis})`, 'all'),
      query(`sum(redis_db_keys_expiring${redis})`, 'with a time to live'),
    ],
  });

export const evictions = () =>
  graph({
    title: 'Keys that went',
    description:
      'Expired normally, or evicted when out of memory, which is 0 while maxmemory suffices.',
    unit: OpsPerSecond,
    queries: [
      query(rate('redis_expired_keys_total', redis), 'expired'),
      query(rate('redis_evicted_keys_total', redis), 'evicted'),
    ],
    thresholds: above(threshold('RelayRedisEvicting')),
    alerts: ['RelayRedisEvicting'],
  });
