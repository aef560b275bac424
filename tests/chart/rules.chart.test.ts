import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';

import { documentedSeries, metricsOf } from '../../grafana/testing/metrics.ts';
import { ofAlertsAlone, ofOthers } from './exporter-metrics.ts';
import { HelmError } from './helm.ts';
import { checkRules, testRules } from './promtool.ts';
import { ALERTS, alertNames, alertsOf, ruleFileOf, rulesOf, ruleSource } from './rules.ts';
import { scenarios } from './scenarios.ts';

const RECORDING = path.join(import.meta.dirname, 'recording.rules.yaml');
/** With the defaults, and the alerts that need kube-state-metrics. */
const withRules = scenarios['with rules'];
const alertsTested = readdirSync(ALERTS).filter((name) => name !== 'README.md');
const testOf = (alert: string) => path.join(ALERTS, alert, 'rule.test.yaml');

interface RuleTest {
  tests: { alert_rule_test?: { alertname: string; exp_alerts: unknown[] }[] }[];
}

/** Another value that its schema accepts: a ratio stays a ratio. */
function changedValue(value: unknown): unknown {
  if (typeof value !== 'number') return '7m';
  return value < 1 ? value / 2 : value + 1;
}

function mapValues<T, U>(of: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]));
}

describe.skipIf(inject('promtool') === null)('promtool', () => {
  it.each<keyof typeof scenarios>(['with rules', 'with every list and map filled', 'on kind'])(
    'accepts the rules %s',
    async (scenario) => {
      expect(await checkRules(await ruleFileOf(scenarios[scenario]))).toContain('SUCCESS');
    },
  );

  it.each(['recording', ...alertsTested])('passes the test of %s', async (name) => {
    const file = name === 'recording' ? RECORDING : testOf(name);
    expect(await testRules(await ruleFileOf(withRules), file)).toContain('SUCCESS');
  });
});

describe('each alert', () => {
  it('has a test, and each test an alert', async () => {
    expect(alertsTested.toSorted()).toEqual(await alertNames(withRules));
  });

  it.each(alertsTested)('is tested to fire and to stay quiet: %s', (alert) => {
    const text = readFileSync(testOf(alert), 'utf8');
    const { tests } = parse(text) as RuleTest;
    const expectations = tests.flatMap((test) => test.alert_rule_test ?? []);
    expect(new Set(expectations.map(({ alertname }) => alertname))).toEqual(new Set([alert]));
    const states = expectations.map(({ exp_alerts }) =>
      exp_alerts.length > 0 ? 'fires' : 'quiet',
    );
    // One always fires.
    const expected = alert === 'RelayWatchdog' ? ['fires'] : ['fires', 'quiet'];
    expect([...new Set(states)].toSorted()).toEqual(expected);
  });

  it('has a severity, a description and a link to its runbook', async () => {
    for (const { alert, labels, annotations } of await alertsOf(withRules)) {
      expect(alert).toMatch(/^Relay[A-Z]/);
      expect(['critical', 'warning', 'none']).toContain(labels.severity);
      expect(annotations).toEqual({
        summary: expect.stringMatching(/\S/) as string,
        description: expect.stringMatching(/\.$/) as string,
        runbook_url: `${withRules.values.prometheusRule.runbookUrl}/${alert}.md`,
        dashboard_url: expect.stringMatching(/^https?:.*\/d\/relay-/) as string,
      });
    }
  });

  it('has the labels of all alerts, and is left out by its name', async () => {
    const { disabled, alertLabels } =
      scenarios['with every list and map filled'].values.prometheusRule;
    const alerts = await alertsOf(scenarios['with every list and map filled']);
    for (const { labels } of alerts) expect(labels).toMatchObject(alertLabels);
    const all = await alertNames({ values: { prometheusRule: { enabled: true } } });
    const left = alerts.map(({ alert }) => alert);
    expect(disabled.filter((alert) => all.includes(alert))).toEqual(disabled);
    expect(new Set(all).difference(new Set(left))).toEqual(new Set(disabled));
  });

  it('is the only one of its name, except for those over several windows', async () => {
    const names = (await alertsOf(withRules)).map(({ alert, labels }) =>
      [alert, labels['window']].join(' '),
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each(alertsTested.filter((alert) => ruleSource(alert).parameters))(
    'is the only alert that its overrides change: %s',
    async (alert) => {
      const changed = mapValues(ruleSource(alert).parameters!, changedValue);
      const key = alert[5]!.toLowerCase() + alert.slice(6);
      const prometheusRule = { ...withRules.values.prometheusRule, alerts: { [key]: changed } };
      const [before, after] = await Promise.all([
        alertsOf(withRules),
        alertsOf({ values: { ...withRules.values, prometheusRule } }),
      ]);
      const texts = new Set(before.map((rule) => JSON.stringify(rule)));
      const different = after.filter((rule) => !texts.has(JSON.stringify(rule)));
      expect(different.map((rule) => rule.alert)).toEqual([alert]);
    },
  );

  it.each([
    [
      { redisUp: { for: '1m' } },
      'prometheusRule.alerts.redisUp: the chart has no alert RelayRedisUp',
    ],
    [
      { redisDown: { window: '1m' } },
      'prometheusRule.alerts.redisDown.window: RelayRedisDown has the parameters for',
    ],
    [{ redisMemoryHigh: { ratio: 1.1 } }, '/prometheusRule/alerts/redisMemoryHigh/ratio'],
    [{ redisDown: { for: 'long' } }, '/prometheusRule/alerts/redisDown/for'],
    [
      { redisConnectionsRejected: { window: '0s' } },
      '/prometheusRule/alerts/redisConnectionsRejected/window',
    ],
    [{ RedisDown: { for: '1m' } }, "'RedisDown'"],
  ])('rejects the overrides %j', async (alerts, message) => {
    const rejected = alertsOf({ values: { prometheusRule: { enabled: true, alerts } } });
    await expect(rejected).rejects.toThrow(HelmError);
    await expect(rejected).rejects.toThrow(message);
  });

  it.each<[object, string]>([
    [
      { disabled: ['RelayRedisUp'] },
      'prometheusRule.disabled: the chart has no alert RelayRedisUp',
    ],
    [{ alertLabels: { severity: 'page' } }, "'severity'"],
    [{ alertLabels: { 'my-team': 'links' } }, "'my-team'"],
    [{ rateWindow: '0s' }, '/prometheusRule/rateWindow'],
    [{ slo: { period: '0s' } }, '/prometheusRule/slo/period'],
    [{ rateWindow: '20s' }, 'rateWindow is 20s, and serviceMonitor.interval 15s'],
    [
      {
        slo: {
          burnRates: [{ factor: 6, long: '30m', short: '6h', for: '2m', severity: 'critical' }],
        },
      },
      'prometheusRule.slo.burnRates: short is 6h, and long 30m',
    ],
    [{ clusterLabel: 'namespace', clusterName: 'eu' }, '/prometheusRule/clusterLabel'],
    [{ clusterLabel: 'cluster', clusterName: 'eu\n' }, '/prometheusRule/clusterName'],
  ])('rejects %j, which would change nothing or no rule could use', async (given, message) => {
    const rejected = alertsOf({
      values: { serviceMonitor: { enabled: true }, prometheusRule: { enabled: true, ...given } },
    });
    await expect(rejected).rejects.toThrow(message);
  });

  it('multiplies windows and waits by timeScale, in whole seconds', async () => {
    const { prometheusRule } = withRules.values;
    const values = { ...withRules.values, prometheusRule: { ...prometheusRule, timeScale: 0.08 } };
    const rules = await rulesOf({ values });
    const times = rules.flatMap((rule) => [
      ...rule.expr.matchAll(/\[(\w+)\]/g),
      ...('for' in rule ? [[undefined, rule.for]] : []),
    ]);
    expect(times.length).toBeGreaterThan(100);
    // The period of the error budget and the constant window of RelayCrashLooping stay.
    const unscaled = times.map(([, time]) => time).filter((time) => !/^\d+s$/.test(time!));
    expect(new Set(unscaled)).toEqual(new Set(['30d', '5m']));
    const down = rules.find((rule) => 'alert' in rule && rule.alert === 'RelayRedisDown');
    expect(down).toMatchObject({ for: '5s' });
    expect(await checkRules(await ruleFileOf({ values }))).toContain('SUCCESS');
  });
});

it.each(['rule.yaml', 'rule.test.yaml', 'runbook.md', 'experiment.ts'])(
  'every alert has its %s',
  (file) => {
    const missing = alertsTested.filter((alert) => !existsSync(path.join(ALERTS, alert, file)));
    expect(missing).toEqual([]);
  },
);

describe('the metrics that rules name', () => {
  it('are documented, recorded, or of an exporter that is known to have them', async () => {
    const rules = await rulesOf(withRules);
    const recorded = rules.flatMap((rule) => ('record' in rule ? rule.record : []));
    const emitted = new Set([...documentedSeries(), ...recorded, ...ofOthers]);
    const named = new Set(rules.flatMap(({ expr }) => metricsOf(expr)));
    expect(named.size).toBeGreaterThan(30);
    expect([...named].filter((name) => !emitted.has(name))).toEqual([]);
    // None is listed for alerts that no alert names.
    expect(ofAlertsAlone.filter((name) => !named.has(name))).toEqual([]);
  });
});
