import {
  BytesIEC,
  BytesPerSecondIEC,
  DurationSeconds,
  NoUnit,
  OpsPerSecond,
  PercentUnit,
  Seconds,
} from '@grafana/grafana-foundation-sdk/units';

import { dashboard } from '../dashboard.ts';
import { explore } from '../links.ts';
import { graph, stat } from '../panels.ts';
import { of, query, sumRate } from '../queries.ts';
import { table } from '../table.ts';
import { above, threshold, up, windowOf } from '../thresholds.ts';
import { queriesThatAreSlow, queriesThatFailed } from './panels.ts';
import { blocksHit, blocksRead, database, exporter } from './series.ts';
import { storage } from './storage.ts';

const services = of('auth|post');
/** Without Postgres' own processes, such as autovacuum. */
const clients = of('postgres-exporter', 'datname!~"template.*|postgres"', 'usename!=""');
const connections = `sum(pg_stat_activity_count${exporter})`;
const most = `max(pg_settings_max_connections${exporter})`;
const statement = ['queryid', 'user'];
const seconds = sumRate('pg_stat_statements_seconds_total', database, ...statement);
const calls = sumRate('pg_stat_statements_calls_total', database, ...statement);
const slowest = `topk(10, ${seconds})`;
const oneStatement = of('postgres-exporter', 'queryid="${__data.fields.Query}"');

export const postgres = dashboard({
  uid: 'relay-postgres',
  title: 'Postgres',
  description: 'Postgres, through its exporter, and statements as the services measure them.',
  rows: [
    {
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
            queries: [query(`${connections} / ${most}`, 'taken')],
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
    },
    {
      title: 'Statements',
      lines: [
        [queriesThatAreSlow(services), queriesThatFailed(services)],
        [
          table({
            title: 'Slowest statements',
            description:
              'The ten that take most of the time now, from pg_stat_statements; "select query from pg_stat_statements where queryid = …" returns their text.',
            unit: NoUnit,
            queries: [
              query(slowest, 'seconds'),
              query(`${calls} and on (${statement.join(', ')}) ${slowest}`, 'calls'),
              query(
                `${seconds} / (${calls} > 0) and on (${statement.join(', ')}) ${slowest}`,
                'mean',
              ),
            ],
            columns: [
              {
                from: 'queryid',
                title: 'Query',
                link: explore(
                  'History of the statement',
                  `rate(pg_stat_statements_seconds_total${oneStatement}[$__rate_interval])`,
                ),
              },
              { from: 'user', title: 'User' },
              { from: 'A', title: 'Time', unit: PercentUnit },
              { from: 'B', title: 'Calls', unit: OpsPerSecond },
              { from: 'C', title: 'Mean', unit: Seconds },
            ],
            sortedBy: 'Time',
            alerts: ['RelayPostgresQueriesSlow'],
          }),
          graph({
            title: 'Time by user',
            description:
              'Seconds a second that statements take, by client: the two services, migrations, the exporter.',
            unit: PercentUnit,
            queries: [
              query(sumRate('pg_stat_statements_seconds_total', database, 'user'), '{{user}}'),
            ],
            stacked: true,
          }),
        ],
      ],
    },
    {
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
              query(most, 'at most'),
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
    },
    storage,
  ],
});
