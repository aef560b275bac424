import { z } from 'zod';

import type { DatabaseHealth } from '../postgres/check.ts';
import type { RedisHealth } from '../redis/connection.ts';

type Status = 'up' | 'down';

/**
 * `degraded`: Redis is down, so responses are slower. `down`: Postgres is unreachable, read-only or not
 * migrated, so only cached reads are available.
 */
export interface Health {
  status: 'ok' | 'degraded' | 'down';
  postgres: Status;
  redis: RedisHealth['status'];
}

/** Health with details for operators, for the admin port. */
export interface HealthDetails extends Health {
  /** Why the status is not `ok`, if known. */
  reasons?: readonly string[];
}

/** Combines the health of one service's dependencies. */
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

/** Combines the health of several services: the worst values and all reasons. */
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

/** Coalesces concurrent calls: those that arrive while a check runs get its result. */
export function singleFlight<T>(check: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= check().finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** `Health` as the public API returns it. */
export const healthSchema = z.strictObject({
  status: z.enum(['ok', 'degraded', 'down']),
  postgres: z.enum(['up', 'down']),
  redis: z.enum(['up', 'down', 'off']),
});
