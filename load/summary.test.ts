import { expect, test } from 'vitest';

import { readSettings } from './settings.ts';
import { formatSummary, type Summary } from './summary.ts';

const times = { med: 1.25, 'p(95)': 9.5, 'p(99)': 20 };

const passed: Summary = {
  state: { testRunDurationMs: 10_000 },
  metrics: {
    http_reqs: { values: { count: 1250 } },
    http_req_duration: { values: times },
    http_req_failed: {
      values: { rate: 0, passes: 0, fails: 1250 },
      thresholds: { 'rate<0.001': { ok: true } },
    },
    cache_hits: { values: { rate: 0.9, passes: 1080, fails: 120 } },
    'http_reqs{name:log in}': { values: { count: 2000 } },
    'http_reqs{name:top posts}': { values: { count: 0 } },
    'http_reqs{name:list posts}': {
      values: { count: 1200 },
      thresholds: { 'count>0': { ok: true } },
    },
    'http_req_duration{name:list posts}': {
      values: times,
      thresholds: { 'p(95)<100': { ok: true } },
    },
    'http_req_failed{name:list posts}': { values: { rate: 0, passes: 0, fails: 1200 } },
    'cache_hits{name:list posts}': { values: { rate: 0.9, passes: 1080, fails: 120 } },
    'cache_answers{cache:HIT}': { values: { count: 1080 } },
    'cache_answers{cache:MISS}': { values: { count: 120 } },
  },
};

function withMetric(name: string, metric: Summary['metrics'][string]): Summary {
  return { ...passed, metrics: { ...passed.metrics, [name]: metric } };
}

const failing = (values: Record<string, number>, rule: string) => ({
  values,
  thresholds: { [rule]: { ok: false } },
});

test('shows each call that was made, preparation last, with its thresholds', () => {
  const settings = readSettings('load', { RATE: '125' });
  expect(formatSummary(settings, passed)).toBe(`
load: 10 s against http://localhost:5000, up to 125 requests/s

| call       | requests | per s | p50 ms | p95 ms | p99 ms | failed |    hits |
| ---------- | -------: | ----: | -----: | -----: | -----: | -----: | ------: |
| list posts |    1,200 | 120.0 |    1.3 |    9.5 |   20.0 |      0 | 90.00 % |
| log in     |    2,000 | 200.0 |    0.0 |    0.0 |    0.0 |      0 |       - |
| all        |    1,250 | 125.0 |    1.3 |    9.5 |   20.0 |      0 | 90.00 % |

X-Cache: HIT 1,080, MISS 120, STALE 0, FALLBACK 0, UNCACHED 0

| threshold                          |       rule | measured | result |
| ---------------------------------- | ---------: | -------: | -----: |
| http_req_failed                    | rate<0.001 |        0 |     ok |
| http_req_duration{name:list posts} |  p(95)<100 |      9.5 |     ok |

Passed.`);
});

test('puts failed rules first, and reports the failure', () => {
  const metric = failing({ count: 0 }, 'count>0');
  const text = formatSummary(
    readSettings('load', {}),
    withMetric('http_reqs{name:top posts}', metric),
  );
  expect(text).toMatch(/result \|\n.*\n\| http_reqs\{name:top posts\} .* count>0 \| .* FAILED \|/);
  expect(text).toMatch(/\nFAILED: 1 of 4 thresholds\.$/);
});

test('names the checks that failed', () => {
  const checks = [
    { name: 'a vote counts', passes: 3, fails: 1 },
    { name: 'and counts once', passes: 4, fails: 0 },
  ];
  const text = formatSummary(readSettings('smoke', {}), { ...passed, root_group: { checks } });
  expect(text).toContain('Checks that failed:\n  a vote counts: failed 1 of 4 times\n');
  expect(text).not.toContain('and counts once');
});

test('shows the loads of a herd', () => {
  const loads = { count: 60, avg: 1.5, max: 2 };
  const text = formatSummary(
    readSettings('herd', {}),
    withMetric('loads_per_expiry', { values: loads }),
  );
  expect(text).toContain('herd: 10 s against http://localhost:5000, 500 clients\n');
  expect(text).toContain(
    'Expiries: 60; loads for each: 1.50 on average, 2 at most; ' +
      'clients that met the expired key: 2 each time',
  );
});

test('shows the rate at which a stress test ended', () => {
  const settings = readSettings('stress', { RATE: '1000', DURATION: '20s' });
  expect(formatSummary(settings, passed)).toContain('Did not give way: try more than 1,000');
  const gaveWay = withMetric('dropped_iterations', failing({ rate: 31 }, 'rate<20'));
  expect(formatSummary(settings, gaveWay)).toContain('Gave way at about 500 requests/s.');
});
