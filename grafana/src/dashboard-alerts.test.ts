import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { dashboards } from './dashboards.ts';
import { RUNBOOKS as LINKED } from './links.ts';
import { panelsOf } from './queries-of.ts';
import { slo } from './thresholds.ts';

const ROOT = path.join(import.meta.dirname, '../..');

interface Rule {
  group: string;
  dashboard: string;
  threshold?: string;
  parameters?: Record<string, number>;
}

const ALERTS = path.join(ROOT, 'charts/relay/alerts');
const rules = globSync('*/rule.yaml', { cwd: ALERTS }).map((file) => {
  const rule = parse(readFileSync(path.join(ALERTS, file), 'utf8')) as Rule;
  return { alert: path.dirname(file), ...rule };
});

/** The value with which each alert compares its figure. */
const LIMITS: Record<string, number> = {
  RelayErrorBudgetBurn: Number((1 - slo.availability).toFixed(6)),
  RelayLatencyBudgetBurn: slo.latencySeconds,
  ...Object.fromEntries(
    rules.flatMap(({ alert, threshold, parameters }) =>
      threshold === undefined ? [] : [[alert, parameters![threshold]!]],
    ),
  ),
};
/** The limits of figures that are 0 or 1. */
const NATURAL = [0, 1];

const panels = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard).map((panel) => ({
    uid: dashboard.uid!,
    where: `${dashboard.title}: ${panel.title}`,
    alerts: runbooksOf(panel),
    limits: limitsOf(panel),
  })),
);

/** Each alert with its dashboard. No dashboard has metrics of kube-state-metrics. */
const named = rules
  .filter(({ group }) => group !== 'kubernetes')
  .map(({ alert, dashboard }): [string, string] => [alert, dashboard]);

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

it('every runbook that is linked to is there', () => {
  const linked = new Set(panels.flatMap((panel) => panel.alerts));
  const missing = [...linked].filter(
    (alert) => !existsSync(path.join(ALERTS, alert, 'runbook.md')),
  );
  expect(missing).toEqual([]);
});

/** The alerts of the runbooks that a panel links to. */
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
