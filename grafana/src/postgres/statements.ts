import { NoUnit, OpsPerSecond, PercentUnit, Seconds } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { explore } from '../links.ts';
import { graph } from '../panels.ts';
import { of, query, sumRate } from '../queries.ts';
import { table } from '../table.ts';
import { queriesThatAreSlow, queriesThatFailed } from './panels.ts';
import { database } from './series.ts';

const services = of('auth|post');
const statement = ['queryid', 'user'];
const seconds = sumRate('pg_stat_statements_seconds_total', database, ...statement);
const calls = sumRate('pg_stat_statements_calls_total', database, ...statement);
const slowest = `topk(10, ${seconds})`;
const oneStatement = of('postgres-exporter', 'queryid="${__data.fields.Query}"');

export const statements: Row = {
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
          query(`${seconds} / (${calls} > 0) and on (${statement.join(', ')}) ${slowest}`, 'mean'),
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
        queries: [query(sumRate('pg_stat_statements_seconds_total', database, 'user'), '{{user}}')],
        stacked: true,
      }),
    ],
  ],
};
