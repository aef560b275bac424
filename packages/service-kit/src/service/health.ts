import type { CacheHealth } from '@relay/cache';
import { z } from 'zod';

import type { DatabaseHealth } from '../postgres/check.ts';

export type Status = 'up' | 'down';

/**
 * `ok`; `degraded` while everything is answered, slower, for want of Redis; `down` while Postgres
 * is away or refuses writes, or its schema is not migrated: only cached reads are sure then.
 */
export interface Health {
  status: 'ok' | 'degraded' | 'down';
  postgres: Status;
  /** `off` when none is configured. */
  redis: Status | 'off';
}

/** What the admin port tells beyond `Health`. */
export interface HealthDetails extends Health {
  /** Why it is not `ok`, as far as it is known. */
  reasons?: readonly string[];
  cache?: {
    store: 'redis' | 'memory';
    breaker: CacheHealth['breaker'];
    latencyMs: number | null;
    usedMemoryBytes: number | null;
    maxMemoryBytes: number | null;
    keyCount: number | null;
    hitRatio: number | null;
    /** Writes whose invalidation is not applied yet, and the age of the oldest. */
    outboxPending: number | null;
    outboxLagMs: number | null;
  };
}

/** `off` when none is configured. `reason` is for operators. */
export interface RedisHealth {
  status: Health['redis'];
  reason?: string;
}

export function overallHealth(database: DatabaseHealth, redis: RedisHealth): HealthDetails {
  const reasons = [database, redis].flatMap((one) =>
    one.status === 'down' && 'reason' in one && one.reason !== undefined ? [one.reason] : [],
  );
  return { ...statusOf(database.status, redis.status), ...(reasons.length > 0 && { reasons }) };
}

function statusOf(postgres: Status, redis: Health['redis']): Health {
  if (postgres === 'down') return { status: 'down', postgres, redis };
  return { status: redis === 'down' ? 'degraded' : 'ok', postgres, redis };
}

/** The worst of several services' healths, and the reasons of all. */
export function worstHealth(
  healths: readonly HealthDetails[],
): Health & Pick<HealthDetails, 'reasons'> {
  const worst = <T>(order: readonly T[], pick: (health: Health) => T): T =>
    order.find((value) => healths.some((health) => pick(health) === value)) ?? order.at(-1)!;
  const reasons = healths.flatMap((health) => health.reasons ?? []);
  return {
    status: worst(['down', 'degraded', 'ok'], (health) => health.status),
    postgres: worst(['down', 'up'], (health) => health.postgres),
    redis: worst(['down', 'up', 'off'], (health) => health.redis),
    ...(reasons.length > 0 && { reasons }),
  };
}

/** Joins all who ask while a check runs: a crowd at `/health` is one query. */
export function shareCheck<T>(check: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= check().finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** `Health` as the API shows it. */
export const healthSchema = z.strictObject({
  status: z.enum(['ok', 'degraded', 'down']),
  postgres: z.enum(['up', 'down']),
  redis: z.enum(['up', 'down', 'off']),
});
