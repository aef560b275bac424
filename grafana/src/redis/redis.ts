import {
  BytesIEC,
  BytesPerSecondIEC,
  DurationSeconds,
  NoUnit,
  OpsPerSecond,
  PercentUnit,
  Seconds,
  Short,
} from '@grafana/grafana-foundation-sdk/units';

import { dashboard } from '../dashboard.ts';
import { graph, stat, timeline, type Words } from '../panels.ts';
import { of, query, rate, sumRate } from '../queries.ts';
import { above, threshold, up, windowOf } from '../thresholds.ts';
import { evictions, keys, memory } from './panels.ts';

const exporter = of('redis-exporter');
const used = `redis_memory_used_bytes${exporter} / (redis_memory_max_bytes${exporter} > 0)`;
const clients = `redis_connected_clients${exporter} / (redis_max_clients${exporter} > 0)`;
const hits = rate('redis_keyspace_hits_total', exporter);
const misses = rate('redis_keyspace_misses_total', exporter);
const OUTCOMES: Words = { 0: ['failed', 'red'], 1: ['ok', 'green'] };

export const redis = dashboard({
  uid: 'relay-redis',
  title: 'Redis',
  description: 'Redis, through its exporter.',
  rows: [
    {
      title: 'Now',
      lines: [
        [
          stat({
            title: 'State',
            description:
              'Whether Redis answers its exporter; while it does not, every read goes to Postgres.',
            unit: NoUnit,
            queries: [query(`redis_up${exporter}`, 'redis')],
            words: { 0: ['Down', 'red'], 1: ['Up', 'green'] },
            thresholds: up(),
            noValue: 'No exporter',
            alerts: ['RelayRedisDown'],
          }),
          stat({
            title: 'Up for',
            description: 'Since the process started; a start with an empty volume is a cold cache.',
            unit: DurationSeconds,
            queries: [query(`redis_uptime_in_seconds${exporter}`, 'uptime')],
            decimals: 1,
            alerts: ['RelayRestarting'],
          }),
          stat({
            title: 'Of maxmemory',
            description: 'The share of maxmemory that is used; at 100 % entries are evicted.',
            unit: PercentUnit,
            queries: [query(used, 'used')],
            thresholds: above(threshold('RelayRedisMemoryHigh')),
            alerts: ['RelayRedisMemoryHigh'],
          }),
          stat({
            title: 'Keys now',
            description: 'Entries, leases and counters of logins.',
            unit: Short,
            queries: [query(`sum(redis_db_keys${exporter})`, 'keys')],
            decimals: 0,
          }),
          stat({
            title: 'Commands',
            description: 'All commands a second, those of the exporter included.',
            unit: OpsPerSecond,
            queries: [query(rate('redis_commands_processed_total', exporter), 'commands')],
          }),
          stat({
            title: 'Clients',
            description: 'Open connections, as a share of maxclients, at which Redis refuses more.',
            unit: PercentUnit,
            queries: [query(clients, 'connected')],
            thresholds: above(threshold('RelayRedisClientsHigh')),
            alerts: ['RelayRedisClientsHigh'],
          }),
        ],
      ],
    },
    {
      title: 'Memory and keys',
      lines: [
        [memory(), keys(), evictions()],
        [
          graph({
            title: 'Share of maxmemory',
            description:
              'Above the line an alert fires: give Redis more memory or entries a shorter life.',
            unit: PercentUnit,
            queries: [query(used, 'used')],
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
    },
    {
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
            description:
              'CPU seconds a second; one thread runs all commands, so near 1 Redis is full.',
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
    },
    {
      title: 'Clients',
      lines: [
        [
          graph({
            title: 'Connections',
            description:
              'Open connections, and those that wait in a blocking command, of which Relay sends none.',
            unit: NoUnit,
            queries: [
              query(`redis_connected_clients${exporter}`, 'connected'),
              query(`redis_blocked_clients${exporter}`, 'blocked'),
            ],
          }),
          graph({
            title: 'New connections',
            description: 'Connections opened a second; many are clients that reconnect.',
            unit: OpsPerSecond,
            queries: [query(rate('redis_connections_received_total', exporter), 'opened')],
          }),
          graph({
            title: `Refused connections in ${windowOf('RelayRedisConnectionsRejected')}`,
            description: 'Connections that Redis refused, as it had maxclients; normal is 0.',
            unit: NoUnit,
            queries: [
              query(
                `round(increase(redis_rejected_connections_total${exporter}[${windowOf('RelayRedisConnectionsRejected')}]))`,
                'refused',
              ),
            ],
            thresholds: above(threshold('RelayRedisConnectionsRejected')),
            alerts: ['RelayRedisConnectionsRejected'],
          }),
          graph({
            title: 'Network',
            description: 'Bytes in and out; out grows with the size of the values read.',
            unit: BytesPerSecondIEC,
            queries: [
              query(rate('redis_net_input_bytes_total', exporter), 'in'),
              query(rate('redis_net_output_bytes_total', exporter), 'out'),
            ],
          }),
        ],
      ],
    },
    {
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
    },
  ],
});
