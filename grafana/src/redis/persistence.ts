import { BytesIEC, NoUnit, Seconds } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph, timeline, type Words } from '../panels.ts';
import { query } from '../queries.ts';
import { up } from '../thresholds.ts';
import { exporter } from './series.ts';

const OUTCOMES: Words = { 0: ['failed', 'red'], 1: ['ok', 'green'] };

export const persistence: Row = {
  title: 'Persistence',
  lines: [
    [
      timeline({
        title: 'Last writes',
        description:
          'Whether the last append to the file, its last rewrite and the last snapshot succeeded; while appending fails, Redis refuses writes.',
        unit: NoUnit,
        queries: [
          query(`redis_aof_last_write_status${exporter}`, 'append'),
          query(`redis_aof_last_bgrewrite_status${exporter}`, 'rewrite'),
          query(`redis_rdb_last_bgsave_status${exporter}`, 'snapshot'),
        ],
        words: OUTCOMES,
        thresholds: up(),
        alerts: ['RelayRedisPersistenceFailing'],
      }),
      graph({
        title: 'Append-only file',
        description:
          'Its size now and after its last rewrite, which comes when it has doubled; it must fit into the volume twice.',
        unit: BytesIEC,
        queries: [
          query(`redis_aof_current_size_bytes${exporter}`, 'now'),
          query(`redis_aof_base_size_bytes${exporter}`, 'after the last rewrite'),
        ],
      }),
      graph({
        title: 'Forks and rewrites',
        description:
          'How long the last fork stopped Redis, and the last rewrite took beside it; a fork above the timeout of the cache opens breakers.',
        unit: Seconds,
        queries: [
          query(`redis_latest_fork_seconds${exporter}`, 'fork'),
          query(
            `redis_aof_last_rewrite_duration_sec${exporter} >= 0 or 0 * redis_up${exporter}`,
            'rewrite',
          ),
        ],
      }),
    ],
  ],
};
