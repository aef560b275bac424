import { BytesPerSecondIEC, NoUnit, OpsPerSecond } from '@grafana/grafana-foundation-sdk/units';

import type { Row } from '../dashboard.ts';
import { graph } from '../panels.ts';
import { query, rate } from '../queries.ts';
import { above, threshold, windowOf } from '../thresholds.ts';
import { exporter } from './series.ts';

export const clients: Row = {
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
};
