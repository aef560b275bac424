import { NoUnit, OpsPerSecond, PercentUnit, Seconds } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { query, rate, sumRate } from '../queries.ts';
import { exporter } from './series.ts';

export const commands: Row = {
  title: 'Commands',
  lines: [
    [
      graph({
        title: 'Commands by name',
        description:
          'The ten most frequent: get is a read, evalsha a lease, a fill or an invalidation.',
        unit: OpsPerSecond,
        queries: [
          query(`topk(10, ${sumRate('redis_commands_total', exporter, 'cmd')})`, '{{cmd}}'),
        ],
      }),
      graph({
        title: 'Mean duration by command',
        description:
          'Time in Redis itself, without the network, of the ten slowest; microseconds are normal.',
        unit: Seconds,
        queries: [
          query(
            `topk(10, ${sumRate('redis_commands_duration_seconds_total', exporter, 'cmd')} / (${sumRate('redis_commands_total', exporter, 'cmd')} > 0))`,
            '{{cmd}}',
          ),
        ],
      }),
      graph({
        title: 'Commands that failed',
        description:
          'Failed while they ran, or rejected before, such as without permission or memory; normal is 0.',
        unit: OpsPerSecond,
        queries: [
          query(sumRate('redis_commands_failed_calls_total', exporter), 'failed'),
          query(sumRate('redis_commands_rejected_calls_total', exporter), 'rejected'),
        ],
      }),
    ],
    [
      graph({
        title: 'CPU',
        description: 'CPU seconds a second; one thread runs all commands, so near 1 Redis is full.',
        unit: PercentUnit,
        queries: [
          query(rate('redis_cpu_user_seconds_total', exporter), 'user'),
          query(rate('redis_cpu_sys_seconds_total', exporter), 'system'),
        ],
        stacked: true,
      }),
      graph({
        title: 'Slow commands',
        description:
          'Entries of the slow log, which keeps commands of more than 10 ms; SLOWLOG GET shows them.',
        unit: NoUnit,
        queries: [query(`redis_slowlog_length${exporter}`, 'entries')],
      }),
    ],
  ],
};
