import { setTimeout as sleep } from 'node:timers/promises';

import { relay } from '../../cluster/support/cluster.ts';
import { psql } from '../../cluster/support/stores.ts';
import { freeze, kill } from '../faults/freeze.ts';
import { load, uncached } from '../faults/load.ts';
import { lockPosts } from '../faults/locks.ts';
import { takePods } from '../faults/scale.ts';
import type { Scenario } from '../scenario.ts';

/** A start, and a few scrapes. */
const RESTARTED_MS = 12_000;

const authPod = async () => (await relay.pods('auth'))[0]!;

export const errorBudgetBurn: Scenario = {
  alert: 'RelayErrorBudgetBurn',
  fault: 'the table of posts has another name, as after a migration that went wrong',
  async bringOn(healing, { client }) {
    healing.defer(async () => {
      await psql(relay, 'alter table if exists post.posts_drill rename to posts');
    });
    await psql(relay, 'alter table post.posts rename to posts_drill');
    load(healing, 10, uncached(client));
  },
};

export const latencyBudgetBurn: Scenario = {
  alert: 'RelayLatencyBudgetBurn',
  fault: 'queries take up to 700 ms, and nearly half of the reads ask Postgres',
  alsoFires: ['RelayPostgresQueriesSlow'],
  async bringOn(healing, { client }) {
    await lockPosts(healing, { lockedMs: 700, openMs: 100 });
    load(healing, 15, uncached(client));
  },
};

export const serviceDown: Scenario = {
  alert: 'RelayServiceDown',
  fault: 'the auth service has no pod',
  bringOn: (healing) => takePods('deployment/relay-auth', healing),
};

export const targetMissing: Scenario = {
  alert: 'RelayTargetMissing',
  fault: "Postgres' exporter has no pod",
  bringOn: (healing) => takePods('deployment/relay-postgres-exporter', healing),
};

export const eventLoopLagging: Scenario = {
  alert: 'RelayEventLoopLagging',
  fault: 'a process of the auth service gets no CPU for 300 ms, every second',
  bringOn: async (healing) => freeze(await authPod(), healing, { frozenMs: 300, thawedMs: 700 }),
};

export const restarting: Scenario = {
  alert: 'RelayRestarting',
  fault: 'a process of the auth service is killed twice',
  async bringOn() {
    const name = (await authPod()).metadata!.name!;
    for (let kills = 0; kills < 2; kills += 1) {
      const pods = await relay.pods('auth');
      await kill(pods.find(({ metadata }) => metadata!.name === name)!);
      // Until Prometheus has seen the one that takes its place.
      await sleep(RESTARTED_MS);
    }
  },
};
