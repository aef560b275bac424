import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { redisConnectionMetrics } from './redis-connection.ts';

async function values(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('redis_'));
}

test('follows the connection of each client', async () => {
  const registry = new Registry();
  const watch = redisConnectionMetrics({ registry });
  const [posts, limits] = [watch('posts'), watch('limits')];
  expect(await values(registry)).toEqual([
    'redis_connection_up{client="posts"} 0',
    'redis_connection_up{client="limits"} 0',
    'redis_connection_reconnects_total{client="posts"} 0',
    'redis_connection_reconnects_total{client="limits"} 0',
  ]);

  posts({ type: 'ready' });
  limits({ type: 'ready' });
  limits({ type: 'error', error: new Error('lost') });
  limits({ type: 'closed' });
  limits({ type: 'reconnecting', delayMs: 50 });
  limits({ type: 'reconnecting', delayMs: 100 });
  expect(await values(registry)).toEqual([
    'redis_connection_up{client="posts"} 1',
    'redis_connection_up{client="limits"} 0',
    'redis_connection_reconnects_total{client="posts"} 0',
    'redis_connection_reconnects_total{client="limits"} 2',
  ]);
});
