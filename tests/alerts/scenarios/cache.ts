import { randomUUID } from 'node:crypto';

import { relay } from '../../cluster/support/cluster.ts';
import { freeze } from '../faults/freeze.ts';
import { load } from '../faults/load.ts';
import { keepFromRedis } from '../faults/network.ts';
import { takeOutbox } from '../faults/rights.ts';
import type { Scenario } from '../scenario.ts';

const redisPod = async () => (await relay.pods('redis'))[0]!;

export const cacheDown: Scenario = {
  alert: 'RelayCacheDown',
  fault: 'a NetworkPolicy keeps the post service from Redis',
  async bringOn(healing) {
    await keepFromRedis('post', healing);
    // A policy leaves the connections that there are: those end by their silence.
    await freeze(await redisPod(), healing, { frozenMs: 3000 });
  },
};

export const cacheBreakerFlapping: Scenario = {
  alert: 'RelayCacheBreakerFlapping',
  fault: 'Redis stands still for 1.5 s, every 8 s',
  // What is asked before the breaker opens waits for the deadline.
  alsoFires: ['RelayCacheSlow'],
  bringOn: async (healing) => freeze(await redisPod(), healing, { frozenMs: 1500, thawedMs: 6500 }),
};

export const cacheHitRateLow: Scenario = {
  alert: 'RelayCacheHitRateLow',
  fault: 'somebody reads the posts of 40 users a second, each for the first time',
  async bringOn(healing, { client }) {
    load(healing, 40, () => client.send('GET', `/api/posts?user=${randomUUID()}`));
  },
};

export const cacheSlow: Scenario = {
  alert: 'RelayCacheSlow',
  fault: 'Redis stands still for 150 ms, twice a second',
  bringOn: async (healing) => freeze(await redisPod(), healing, { frozenMs: 150, thawedMs: 350 }),
};

export const cacheInvalidationsFailing: Scenario = {
  alert: 'RelayCacheInvalidationsFailing',
  fault: 'somebody posts while Redis stands still for 1.5 s',
  alsoFires: ['RelayCacheSlow'],
  async bringOn(healing, { client }) {
    await freeze(await redisPod(), healing, { frozenMs: 1500 });
    await client.post('Posted while Redis stood still');
  },
};

export const cacheOutboxLagging: Scenario = {
  alert: 'RelayCacheOutboxLagging',
  fault: 'the post service may add rows to its outbox, and neither claim nor mark them',
  bringOn: takeOutbox,
};
