import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { dashboards } from './dashboards.ts';
import { RUNBOOKS as LINKED } from './links.ts';
import { panelsOf } from './queries-of.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const { prometheusRule } = parse(read('charts/relay/values.yaml')) as {
  prometheusRule: {
    slo: { availability: number; latencySeconds: number };
    alerts: Record<string, Record<string, number>>;
  };
};
const { alerts, slo } = prometheusRule;

/** What is compared in each alert with a limit, as the value that holds it. */
const LIMITS: Record<string, number> = {
  RelayErrorBudgetBurn: Number((1 - slo.availability).toFixed(6)),
  RelayLatencyBudgetBurn: slo.latencySeconds,
  RelayCacheBreakerFlapping: alerts['cacheBreakerFlapping']!['openings']!,
  RelayCacheHitRateLow: alerts['cacheHitRateLow']!['ratio']!,
  RelayCacheSlow: alerts['cacheSlow']!['milliseconds']!,
  RelayCacheOutboxLagging: alerts['cacheOutboxLagging']!['seconds']!,
  RelayRedisMemoryHigh: alerts['redisMemoryHigh']!['ratio']!,
  RelayRedisEvicting: alerts['redisEvicting']!['keysPerSecond']!,
  RelayRedisClientsHigh: alerts['redisClientsHigh']!['ratio']!,
  RelayRedisConnectionsRejected: alerts['redisConnectionsRejected']!['connections']!,
  RelayPostgresConnectionsHigh: alerts['postgresConnectionsHigh']!['ratio']!,
  RelayPostgresDeadlocks: alerts['postgresDeadlocks']!['deadlocks']!,
  RelayPostgresTransactionLong: alerts['postgresTransactionLong']!['seconds']!,
  RelayPostgresWraparound: alerts['postgresWraparound']!['transactions']!,
  RelayPostgresPoolExhausted: alerts['postgresPoolExhausted']!['waitSeconds']!,
  RelayPostgresQueriesSlow: alerts['postgresQueriesSlow']!['seconds']!,
  RelayEventLoopLagging: alerts['eventLoopLagging']!['seconds']!,
  RelayRestarting: alerts['restarting']!['restarts']!,
  RelayLoginFailuresHigh: alerts['loginFailuresHigh']!['failuresPerSecond']!,
  RelayRefreshTokensReused: alerts['refreshTokensReused']!['reuses']!,
};
/** Of what is there or not, and of budgets: they need no value. */
const NATURAL = [0, 1];

const panels = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard).map((panel) => ({
    uid: dashboard.uid!,
    where: `${dashboard.title}: ${panel.title}`,
    alerts: runbooksOf(panel),
    limits: limitsOf(panel),
  })),
);

/** The alerts of the chart, each with the dashboard that it names. Those on figures of kube-state-metrics are left out. */
const named = globSync('charts/relay/templates/rules/*.tpl', { cwd: ROOT })
  .filter((file) => !file.endsWith('_kubernetes.tpl'))
  .flatMap((file) => [...read(file).matchAll(/- alert: (Relay\w+)[^]*?dashboard: (\S+)/g)])
  .map(([, alert, uid]): [string, string] => [alert!, uid!])
  // One loop makes both, which have no name to read there.
  .concat([
    ['RelayErrorBudgetBurn', 'relay-overview'],
    ['RelayLatencyBudgetBurn', 'relay-overview'],
  ]);

describe('the alert', () => {
  it('has been found', () => {
    expect(named.length).toBeGreaterThan(15);
  });

  it.each(named)('%s has its figure on the dashboard that it names, %s', (alert, uid) => {
    const shown = panels.filter((panel) => panel.alerts.includes(alert));
    expect(shown.map((panel) => panel.uid)).toContain(uid);
  });

  it.each(Object.entries(LIMITS))('%s has its limit, %d, where its figure is', (alert, limit) => {
    const limits = panels
      .filter((panel) => panel.alerts.includes(alert))
      .flatMap((panel) => panel.limits);
    expect(limits).toContain(limit);
  });
});

it('no panel has a limit that is not that of an alert on it', () => {
  const own = panels.filter((panel) => {
    const known = new Set([...NATURAL, ...panel.alerts.map((alert) => LIMITS[alert])]);
    return panel.limits.some((limit) => !known.has(limit));
  });
  expect(own).toEqual([]);
});

const RUNBOOKS = path.join(ROOT, 'charts/relay/alerts');

it('every runbook that is linked to is there', () => {
  const linked = new Set(panels.flatMap((panel) => panel.alerts));
  const missing = [...linked].filter(
    (alert) => !existsSync(path.join(RUNBOOKS, alert, 'runbook.md')),
  );
  expect(missing).toEqual([]);
});

/** The alerts whose runbooks a panel links to. */
function runbooksOf({ links = [] }: Panel): string[] {
  return links
    .map(({ url = '' }) => url)
    .filter((url) => url.startsWith(`${LINKED}/`))
    .map((url) => path.basename(url, '.md'));
}

function limitsOf({ fieldConfig }: Panel): number[] {
  const steps = fieldConfig?.defaults.thresholds?.steps ?? [];
  return steps.flatMap(({ value }) => (value === null ? [] : [value]));
}
