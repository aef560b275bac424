import type { Cache, CacheHealth } from '@relay/cache';
import type { DatabaseHealth } from '@relay/service-kit/postgres/check';
import { redisReasonOf, type RedisHealth } from '@relay/service-kit/redis/connection';
import { overallHealth, type HealthDetails } from '@relay/service-kit/service/health';

/** The health of the post service for the admin port, with that of its cache. */
export interface PostHealth extends HealthDetails {
  cache: {
    store: 'redis' | 'memory';
    breaker: CacheHealth['breaker'];
    latencyMs: number | null;
    usedMemoryBytes: number | null;
    maxMemoryBytes: number | null;
    keyCount: number | null;
    hitRatio: number | null;
    /** Writes with a pending invalidation, and the age of the oldest. */
    outboxPending: number | null;
    outboxLagMs: number | null;
  };
}

/** Checks Postgres and the cache. */
export async function checkHealth(
  checkDatabase: () => Promise<DatabaseHealth>,
  cache: Pick<Cache, 'health'>,
  store: PostHealth['cache']['store'],
): Promise<PostHealth> {
  const [database, health] = await Promise.all([checkDatabase(), cache.health()]);
  const redis: RedisHealth =
    store === 'memory'
      ? { status: 'off' }
      : { status: health.status, ...(health.error && { reason: redisReasonOf(health.error) }) };
  return {
    ...overallHealth(database, redis),
    cache: {
      store,
      breaker: health.breaker,
      latencyMs: rounded(health.latencyMs),
      usedMemoryBytes: health.store?.usedMemoryBytes ?? null,
      maxMemoryBytes: health.store?.maxMemoryBytes ?? null,
      keyCount: health.store?.keyCount ?? null,
      hitRatio: rounded(health.stats.hitRatio),
      outboxPending: health.outbox?.pending ?? null,
      outboxLagMs: rounded(health.outbox?.lagMs ?? null),
    },
  };
}

/** Rounds to thousandths, for readability. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}
