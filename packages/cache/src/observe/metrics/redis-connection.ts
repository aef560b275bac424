import { Counter, Gauge, type Registry, type RegistryContentType } from 'prom-client';

import type { ConnectionEvent } from '../../stores/redis/client.ts';

/** Makes the `onEvent` of one client. `client` is its label: a name of few, fixed ones. */
export type RedisConnectionMetrics = (client: string) => (event: ConnectionEvent) => void;

/**
 * Redis as its clients see it: `redis_connection_up` and `redis_connection_reconnects_total`, by
 * client. A process calls this once, and the returned function for each of its clients.
 *
 * @example
 * const watch = redisConnectionMetrics({ registry });
 * createRedisClient({ connection, onEvent: watch('posts') });
 */
export function redisConnectionMetrics(options: {
  registry: Registry<RegistryContentType>;
}): RedisConnectionMetrics {
  const registers = [options.registry];
  const up = new Gauge({
    name: 'redis_connection_up',
    help: 'Whether the client has a connection on which Redis takes commands',
    labelNames: ['client'],
    registers,
  });
  const reconnects = new Counter({
    name: 'redis_connection_reconnects_total',
    help: 'Attempts to connect again after a connection was lost or could not be made',
    labelNames: ['client'],
    registers,
  });
  return (client) => {
    up.set({ client }, 0);
    reconnects.inc({ client }, 0);
    return ({ type }) => {
      if (type === 'ready') up.set({ client }, 1);
      else if (type === 'closed') up.set({ client }, 0);
      else if (type === 'reconnecting') reconnects.inc({ client });
    };
  };
}
