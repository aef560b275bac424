import {
  BytesIEC,
  NoUnit,
  OpsPerSecond,
  PercentUnit,
  Short,
} from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { query, sumRate } from '../queries.ts';
import { above, nothing, threshold } from '../thresholds.ts';
import { blocksHit, blocksRead, database, exporter } from './series.ts';

/** Blocks, files and vacuum, and errors of the exporter that reads them. */
export const storage: Row = {
  title: 'Storage',
  lines: [
    [
      graph({
        title: 'Blocks',
        description:
          'Blocks a second that were in shared_buffers, and that were read from the kernel or the disk.',
        unit: OpsPerSecond,
        queries: [query(blocksHit, 'hit'), query(blocksRead, 'read')],
      }),
      graph({
        title: 'Time for reads and writes',
        description: 'Seconds a second that statements wait for blocks (track_io_timing).',
        unit: PercentUnit,
        queries: [
          query(`${sumRate('pg_stat_database_blk_read_time', database)} / 1000`, 'read'),
          query(`${sumRate('pg_stat_database_blk_write_time', database)} / 1000`, 'write'),
        ],
      }),
      graph({
        title: 'Buffers',
        description:
          'Buffers a second that were given out, and that the background writer cleaned; checkpoints write the rest.',
        unit: OpsPerSecond,
        queries: [
          query(sumRate('pg_stat_bgwriter_buffers_alloc_total', exporter), 'given out'),
          query(sumRate('pg_stat_bgwriter_buffers_clean_total', exporter), 'cleaned'),
        ],
      }),
    ],
    [
      graph({
        title: 'Write-ahead log',
        description: 'The size of pg_wal against max_wal_size, near which checkpoints come early.',
        unit: BytesIEC,
        queries: [
          query(`sum(pg_wal_size_bytes${exporter})`, 'used'),
          query(`max(pg_settings_max_wal_size_bytes${exporter})`, 'max_wal_size'),
        ],
      }),
      graph({
        title: 'Age of transaction ids',
        description:
          'In transactions; autovacuum freezes at 200 M, and at 2.1 G Postgres refuses writes.',
        unit: Short,
        queries: [
          query(`max(pg_database_wraparound_age_datfrozenxid_seconds${exporter})`, 'ids'),
          query(`max(pg_database_wraparound_age_datminmxid_seconds${exporter})`, 'of multixacts'),
        ],
        thresholds: above(threshold('RelayPostgresWraparound')),
        alerts: ['RelayPostgresWraparound'],
      }),
      graph({
        title: 'Queries of the exporter that fail',
        description:
          'Groups of figures that the exporter cannot read while Postgres answers; normal is 0.',
        unit: NoUnit,
        queries: [
          query(
            `sum by (collector) (1 - pg_scrape_collector_success${exporter}) > 0 or vector(0)`,
            '{{collector}}',
          ),
        ],
        thresholds: nothing(),
        alerts: ['RelayExporterFailing'],
      }),
    ],
    [
      graph({
        title: 'Size of tables',
        description: 'With their indexes, by schema.',
        unit: BytesIEC,
        queries: [
          query(
            `sum by (schemaname, relname) (pg_stat_user_tables_size_bytes${database})`,
            '{{schemaname}}.{{relname}}',
          ),
        ],
        stacked: true,
      }),
      graph({
        title: 'Dead rows',
        description: 'The share of rows that wait for vacuum; it comes at about a fifth.',
        unit: PercentUnit,
        queries: [
          query(
            `sum by (schemaname, relname) (pg_stat_user_tables_n_dead_tup${database}) / (sum by (schemaname, relname) (pg_stat_user_tables_n_live_tup${database}) + sum by (schemaname, relname) (pg_stat_user_tables_n_dead_tup${database}) > 0)`,
            '{{schemaname}}.{{relname}}',
          ),
        ],
      }),
    ],
  ],
};
