import type { Scenario } from '../scenario.ts';
import type { NotDrilled } from '../table.ts';
import * as auth from './auth.ts';
import * as cache from './cache.ts';
import * as postgres from './postgres.ts';
import * as redis from './redis.ts';
import * as services from './services.ts';

/** In this order: openings of the breaker are counted for a while, so who counts them comes after the others. */
export const SCENARIOS: readonly Scenario[] = [
  cache.cacheHitRateLow,
  cache.cacheSlow,
  cache.cacheInvalidationsFailing,
  cache.cacheOutboxLagging,
  cache.cacheDown,
  cache.cacheBreakerFlapping,
  redis.redisMemoryHigh,
  redis.redisEvicting,
  redis.redisPersistenceFailing,
  redis.redisDown,
  postgres.postgresQueriesSlow,
  postgres.postgresPoolExhausted,
  postgres.postgresTransactionLong,
  postgres.postgresConnectionsHigh,
  postgres.postgresDeadlocks,
  postgres.exporterFailing,
  postgres.postgresUnreachable,
  postgres.postgresDown,
  services.errorBudgetBurn,
  services.latencyBudgetBurn,
  services.eventLoopLagging,
  services.targetMissing,
  services.serviceDown,
  services.restarting,
  auth.loginFailuresHigh,
  auth.refreshTokensReused,
];

const NEEDS_KUBE_STATE_METRICS =
  'of the optional group: needs kube-state-metrics, which the drill does not ask for';

/** The alerts without a scenario. Each has its test of the rule, in `charts/relay/alerts`. */
export const NOT_DRILLED: readonly NotDrilled[] = [
  {
    alert: 'RelayWatchdog',
    reason: 'fires always: no scenario begins before the webhook was told of it',
  },
  {
    alert: 'RelayOutOfMemory',
    reason: 'not every node counts what its kernel kills for want of memory',
  },
  {
    alert: 'RelayCacheInvalidationsLost',
    reason:
      'needs a change outside of `mutate`, whose outbox outlives each pod; the post service makes none',
  },
  {
    alert: 'RelayPostgresWraparound',
    reason: 'needs a billion transactions',
  },
  ...['RelayRedisClientsHigh', 'RelayRedisConnectionsRejected'].map((alert) => ({
    alert,
    reason: 'needs 8,000 clients: no user of the bundled Redis may lower maxclients',
  })),
  ...[
    'RelayRolloutStuck',
    'RelayReplicasMissing',
    'RelayCrashLooping',
    'RelayMigrationFailed',
    'RelayVolumeFilling',
    'RelayVolumeFillingSoon',
    'RelayAutoscalerAtMaximum',
  ].map((alert) => ({ alert, reason: NEEDS_KUBE_STATE_METRICS })),
];
