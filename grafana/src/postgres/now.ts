import {
  BytesIEC,
  DurationSeconds,
  NoUnit,
  PercentUnit,
} from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { stat } from '../panels.ts';
import { of, query } from '../queries.ts';
import { above, threshold, up } from '../thresholds.ts';
import { blocksHit, blocksRead, database, exporter, maxConnections } from './series.ts';

/** Without Postgres' own processes, such as autovacuum. */
const clients = of('postgres-exporter', 'datname!~"template.*|postgres"', 'usename!=""');
const connections = `sum(pg_stat_activity_count${exporter})`;

export const now: Row = {
  title: 'Now',
  lines: [
    [
      stat({
        title: 'State',
        description:
          'Whether Postgres answers its exporter; while it does not, only cached entries are served.',
        unit: NoUnit,
        queries: [query(`pg_up${exporter}`, 'postgres')],
        words: { 0: ['Down', 'red'], 1: ['Up', 'green'] },
        thresholds: up(),
        noValue: 'No exporter',
        alerts: ['RelayPostgresDown'],
      }),
      stat({
        title: 'Up for',
        description: 'Since the server started.',
        unit: DurationSeconds,
        queries: [query(`time() - pg_postmaster_start_time_seconds${exporter}`, 'uptime')],
        decimals: 1,
        alerts: ['RelayRestarting'],
      }),
      stat({
        title: 'Of its connections',
        description:
          'The share of max_connections that is taken; the pools of all pods together must fit.',
        unit: PercentUnit,
        queries: [query(`${connections} / ${maxConnections}`, 'taken')],
        thresholds: above(threshold('RelayPostgresConnectionsHigh')),
        alerts: ['RelayPostgresConnectionsHigh'],
      }),
      stat({
        title: 'Cache hits',
        description:
          'The share of blocks that were in shared_buffers; near 100 % while the data fits.',
        unit: PercentUnit,
        queries: [query(`${blocksHit} / (${blocksHit} + ${blocksRead})`, 'hits')],
      }),
      stat({
        title: 'Size',
        description: 'Of the database, with its indexes.',
        unit: BytesIEC,
        queries: [query(`sum(pg_database_size_bytes${database})`, 'size')],
      }),
      stat({
        title: 'Oldest transaction',
        description:
          'How long the oldest open transaction has run; minutes keep vacuum from its work.',
        unit: DurationSeconds,
        queries: [query(`max(pg_stat_activity_max_tx_duration${clients})`, 'oldest')],
        thresholds: above(threshold('RelayPostgresTransactionLong')),
        alerts: ['RelayPostgresTransactionLong'],
      }),
    ],
  ],
};
