import {
  DurationSeconds,
  NoUnit,
  OpsPerSecond,
  PercentUnit,
  Short,
} from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { stat } from '../panels.ts';
import { query, rate } from '../queries.ts';
import { above, threshold, up } from '../thresholds.ts';
import { exporter, memoryUsed } from './series.ts';

const clients = `redis_connected_clients${exporter} / (redis_max_clients${exporter} > 0)`;

export const now: Row = {
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
        queries: [query(memoryUsed, 'used')],
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
};
