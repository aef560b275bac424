import { BytesIEC, NoUnit, OpsPerSecond } from '@grafana/grafana-foundation-sdk/units';

import { graph } from '../panels.ts';
import { query, rate } from '../queries.ts';
import { above, threshold } from '../thresholds.ts';
import { exporter } from './series.ts';

// Panels of both the dashboard of Redis and that of the cache.

export const memory = () =>
  graph({
    title: 'Memory',
    description:
      'The memory of Redis against maxmemory, at which it evicts; resident counts against the limit of the pod.',
    unit: BytesIEC,
    queries: [
      query(`redis_memory_used_bytes${exporter}`, 'used'),
      query(`redis_memory_used_rss_bytes${exporter}`, 'resident'),
      query(`redis_memory_used_dataset_bytes${exporter}`, 'data'),
      query(`redis_memory_max_bytes${exporter}`, 'maxmemory'),
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
      query(`sum(redis_db_keys${exporter})`, 'all'),
      query(`sum(redis_db_keys_expiring${exporter})`, 'with a time to live'),
    ],
  });

export const evictions = () =>
  graph({
    title: 'Keys that went',
    description:
      'Expired normally, or evicted when out of memory, which is 0 while maxmemory suffices.',
    unit: OpsPerSecond,
    queries: [
      query(rate('redis_expired_keys_total', exporter), 'expired'),
      query(rate('redis_evicted_keys_total', exporter), 'evicted'),
    ],
    thresholds: above(threshold('RelayRedisEvicting')),
    alerts: ['RelayRedisEvicting'],
  });
