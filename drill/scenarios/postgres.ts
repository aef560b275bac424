import { load, uncached } from '../faults/load.ts';
import { lockPosts } from '../faults/locks.ts';
import { takePods } from '../faults/scale.ts';
import type { Scenario } from '../scenario.ts';

export const postgresDown: Scenario = {
  alert: 'RelayPostgresDown',
  fault: 'Postgres has no pod',
  async bringOn(healing, { client }) {
    load(healing, 2, uncached(client));
    await takePods('statefulset/relay-postgres', healing);
  },
};

export const postgresPoolExhausted: Scenario = {
  alert: 'RelayPostgresPoolExhausted',
  fault: 'queries take up to 180 ms, and 40 a second come to pools of 2 connections',
  async bringOn(healing, { client }) {
    await lockPosts(healing, { lockedMs: 180, openMs: 30 });
    load(healing, 40, uncached(client));
  },
};

export const postgresQueriesSlow: Scenario = {
  alert: 'RelayPostgresQueriesSlow',
  fault: 'queries take up to 700 ms, and one a second comes',
  async bringOn(healing, { client }) {
    await lockPosts(healing, { lockedMs: 700, openMs: 20 });
    load(healing, 1, uncached(client));
  },
};
