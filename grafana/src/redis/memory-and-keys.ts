import { PercentUnit, Short } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { query, rate } from '../queries.ts';
import { above, threshold } from '../thresholds.ts';
import { evictions, keys, memory } from './panels.ts';
import { exporter, memoryUsed } from './series.ts';

const hits = rate('redis_keyspace_hits_total', exporter);
const misses = rate('redis_keyspace_misses_total', exporter);

export const memoryAndKeys: Row = {
  title: 'Memory and keys',
  lines: [
    [memory(), keys(), evictions()],
    [
      graph({
        title: 'Share of maxmemory',
        description:
          'Above the line an alert fires: give Redis more memory or entries a shorter life.',
        unit: PercentUnit,
        queries: [query(memoryUsed, 'used')],
        thresholds: above(threshold('RelayRedisMemoryHigh')),
        alerts: ['RelayRedisMemoryHigh'],
        max: 1,
      }),
      graph({
        title: 'Fragmentation',
        description:
          'Resident memory over used memory; it means little while Redis is nearly empty, and above 1.5 otherwise memory lies idle.',
        unit: Short,
        queries: [query(`redis_mem_fragmentation_ratio${exporter}`, 'ratio')],
      }),
      graph({
        title: 'Hits on keys',
        description:
          'The share of look-ups that found their key, which counts leases and login limits too: the hit ratio of reads is on the dashboard of the cache.',
        unit: PercentUnit,
        queries: [query(`${hits} / (${hits} + ${misses})`, 'found')],
        max: 1,
      }),
    ],
  ],
};
