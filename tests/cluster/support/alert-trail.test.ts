import { expect, test } from 'vitest';

import { trailOf, type TrailRule } from './alert-trail.ts';

const BURN = 'job:relay_slo_burn_rate:ratio';
const BAD = 'job:relay_http_bad_requests:rate';
const RULES: TrailRule[] = [
  { name: BAD, query: 'sum by (job) (rate(http_requests_total{status=~"5.."}[5m]))' },
  { name: BURN, query: `${BAD}{namespace="relay"} / 0.001`, labels: { window: '5m' } },
  {
    name: BURN,
    query: `sum_over_time(${BAD}{namespace="relay"}[1h]) / 0.001`,
    labels: { window: '1h' },
  },
];

test.each([
  ['a gauge', 'redis_up{namespace="relay"} == 0', 0],
  ['a range', 'increase(restarts_total{job="or and"}[15m]) >= 2', 900],
  ['both sides of an or', 'rate(a{}[1m]) > 0 or rate(b{}[1h30m]) > 0', 5400],
  ['the shorter side of an and', 'rate(a{}[1m]) > 0 and on (job) rate(b{}[1h]) > 0', 60],
  ['an and within parentheses', 'sum(rate(a{}[1m]) and rate(b{}[1h])) > 0', 3600],
  ['a subquery', 'max_over_time(rate(a{}[5m])[1h:1m]) > 0', 3900],
  ['a recorded rate', `${BAD}{namespace="relay"} > 1`, 300],
  ['a mean of a recorded rate', `avg_over_time(${BAD}{namespace="relay"}[1h]) > 1`, 3900],
  ['the windows of a budget', `${BURN}{window="1h"} > 6 and ${BURN}{window="5m"} > 6`, 300],
])('the trail of %s is its range', (_, query, seconds) => {
  expect(trailOf({ name: 'Alert', query }, RULES)).toBe(seconds);
});

test('keep_firing_for extends the trail', () => {
  const query = 'rate(a{}[1m]) > 0';
  expect(trailOf({ name: 'Alert', query, keepFiringFor: 30 }, RULES)).toBe(90);
});
