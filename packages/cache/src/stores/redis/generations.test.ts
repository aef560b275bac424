import { EventEmitter } from 'node:events';

import { expect, it } from 'vitest';

import { createGenerations } from './generations.ts';
import type { ClusterLike } from './redis-like.ts';

it('a Redis Cluster without a master is an error of the check, and not of the process', async () => {
  const client = Object.assign(new EventEmitter(), {
    status: 'ready',
    options: {},
    slots: [],
    nodes: () => [],
  }) as unknown as ClusterLike & EventEmitter;
  const generations = createGenerations({ client, heartbeatMs: 60_000, now: () => 0 });
  // An exception in a listener of an emitter ends the process.
  expect(() => client.emit('-node')).not.toThrow();
  await expect(generations.check()).rejects.toThrow('no master of the Redis Cluster is known');
  expect(generations.liveFor('posts:all')).toBeUndefined();
  generations.stop();
});
