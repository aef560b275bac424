import { BytesPerSecondIEC, NoUnit, OpsPerSecond } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { query, sumRate } from '../queries.ts';
import { above, threshold, windowOf } from '../thresholds.ts';
import { database, exporter, maxConnections } from './series.ts';

export const activity: Row = {
  title: 'Activity',
  lines: [
    [
      graph({
        title: 'Connections by state',
        description:
          'Against max_connections; “idle in transaction” for longer than a moment holds locks.',
        unit: NoUnit,
        queries: [
          query(`sum by (state) (pg_stat_activity_count${exporter})`, '{{state}}'),
          query(maxConnections, 'at most'),
        ],
      }),
      graph({
        title: 'Transactions',
        description: 'Committed and rolled back a second.',
        unit: OpsPerSecond,
        queries: [
          query(sumRate('pg_stat_database_xact_commit', database), 'committed'),
          query(sumRate('pg_stat_database_xact_rollback', database), 'rolled back'),
        ],
      }),
      graph({
        title: 'Rows',
        description: 'Rows a second; far more returned than fetched are scans of whole tables.',
        unit: OpsPerSecond,
        queries: ['returned', 'fetched', 'inserted', 'updated', 'deleted'].map((done) =>
          query(sumRate(`pg_stat_database_tup_${done}`, database), done),
        ),
      }),
    ],
    [
      graph({
        title: 'Locks by mode',
        description:
          'Locks that are held or waited for; an “accessexclusivelock” that stays is a migration or a truncate.',
        unit: NoUnit,
        queries: [query(`sum by (mode) (pg_locks_count${database})`, '{{mode}}')],
      }),
      graph({
        title: `Deadlocks and conflicts in ${windowOf('RelayPostgresDeadlocks')}`,
        description: 'Transactions that were ended for the sake of others; normal is 0.',
        unit: NoUnit,
        queries: ['deadlocks', 'conflicts'].map((ended) =>
          query(
            `round(sum(increase(pg_stat_database_${ended}${database}[${windowOf('RelayPostgresDeadlocks')}])))`,
            ended,
          ),
        ),
        thresholds: above(threshold('RelayPostgresDeadlocks')),
        alerts: ['RelayPostgresDeadlocks'],
      }),
      graph({
        title: 'Temporary files',
        description: 'Bytes a second written as work_mem did not suffice; normal is 0.',
        unit: BytesPerSecondIEC,
        queries: [query(sumRate('pg_stat_database_temp_bytes', database), 'written')],
      }),
    ],
  ],
};
