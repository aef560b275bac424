import { readFileSync } from 'node:fs';
import path from 'node:path';

import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { parse } from 'yaml';
import { z } from 'zod';

const VALUES = path.join(import.meta.dirname, '../../charts/relay/values.yaml');

const duration = z.string().regex(/^\d+[smhd]$/);
const windowed = z.object({ window: duration });
const chart = z.object({
  prometheusRule: z.object({
    slo: z.object({
      period: duration,
      availability: z.number(),
      latencySeconds: z.number(),
      burnRates: z.array(z.object({ factor: z.number(), long: duration, short: duration })),
    }),
    alerts: z.object({
      cacheBreakerFlapping: windowed.extend({ openings: z.number() }),
      cacheHitRateLow: z.object({ ratio: z.number() }),
      cacheSlow: z.object({ milliseconds: z.number() }),
      cacheOutboxLagging: z.object({ seconds: z.number() }),
      redisMemoryHigh: z.object({ ratio: z.number() }),
      redisEvicting: z.object({ keysPerSecond: z.number() }),
      redisClientsHigh: z.object({ ratio: z.number() }),
      redisConnectionsRejected: windowed.extend({ connections: z.number() }),
      postgresConnectionsHigh: z.object({ ratio: z.number() }),
      postgresDeadlocks: windowed.extend({ deadlocks: z.number() }),
      postgresTransactionLong: z.object({ seconds: z.number() }),
      postgresWraparound: z.object({ transactions: z.number() }),
      postgresPoolExhausted: z.object({ waitSeconds: z.number() }),
      postgresQueriesSlow: z.object({ seconds: z.number() }),
      eventLoopLagging: z.object({ seconds: z.number() }),
      restarting: windowed.extend({ restarts: z.number() }),
      outOfMemory: windowed,
      loginFailuresHigh: z.object({ failuresPerSecond: z.number() }),
      refreshTokensReused: windowed.extend({ reuses: z.number() }),
    }),
  }),
});

/** What the alerts go by: a panel turns red where its alert would fire. */
export const {
  prometheusRule: { alerts, slo },
} = chart.parse(parse(readFileSync(VALUES, 'utf8')));

/** Where a figure turns from one colour to the next. */
export type Thresholds = ThresholdsConfigBuilder;

/** No limit of its own. */
export const none = () => steps([['green', null]]);

/** Red from `limit` on. */
export const above = (limit: number) =>
  steps([
    ['green', null],
    ['red', limit],
  ]);

/** Red below `limit`. */
export const below = (limit: number) =>
  steps([
    ['red', null],
    ['green', limit],
  ]);

/** For what is 1 while all is well. */
export const up = () => below(1);

/** For what is 0 while all is well. */
export const nothing = () => above(1);

function steps(list: [color: string, value: number | null][]): Thresholds {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(list.map(([color, value]) => ({ color, value })));
}
