import { readdirSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, inject, it } from 'vitest';

import { HelmError, render } from './helm.ts';
import { checkRules, testRules } from './promtool.ts';
import { alertsOf, ruleFileOf, rulesOf } from './rules.ts';
import { scenarios } from './scenarios.ts';

const FOLDER = path.join(import.meta.dirname, 'rules-variants');
const serviceMonitor = { enabled: true };
const clusters = { enabled: true, clusterLabel: 'cluster' };

/** The values for the promtool tests of each file of the folder. */
const variants: Record<string, object> = {
  'without-kube-state-metrics': { serviceMonitor, prometheusRule: { enabled: true } },
  'without-service-monitors': { prometheusRule: { enabled: true } },
  'with-clusters': { serviceMonitor, prometheusRule: clusters },
  'with-cluster-name': { serviceMonitor, prometheusRule: { ...clusters, clusterName: 'eu' } },
};

describe.skipIf(inject('promtool') === null)('promtool', () => {
  it.each(Object.entries(variants))('passes the promtool tests of %s', async (name, values) => {
    const rules = await ruleFileOf({ values });
    expect(await checkRules(rules)).toContain('SUCCESS');
    expect(await testRules(rules, path.join(FOLDER, `${name}.yaml`))).toContain('SUCCESS');
  });

  it('has a test for each variant', () => {
    const files = readdirSync(FOLDER).map((file) => path.basename(file, '.yaml'));
    expect(files.toSorted()).toEqual(Object.keys(variants).toSorted());
  });
});

describe('with a label for clusters', () => {
  it('no rule mixes or joins series of different clusters', async () => {
    const { prometheusRule } = scenarios['with rules'].values;
    const rules = await rulesOf({
      values: { serviceMonitor, prometheusRule: { ...prometheusRule, ...clusters } },
    });
    const groupings = rules.flatMap(({ expr }) => [...expr.matchAll(/\b(?:by|on) \([^)]*\)/g)]);
    expect(groupings.length).toBeGreaterThan(50);
    expect(groupings.map(([text]) => text).filter((text) => !/\(cluster, /.test(text))).toEqual([]);
    const sums = rules.filter(({ expr }) => /\b(?:sum|min|max|count|avg|group) ?\(/.test(expr));
    expect(sums).toEqual([]);
  });

  it('with the name of one, every selector has it', async () => {
    const rules = await rulesOf({
      values: {
        serviceMonitor,
        prometheusRule: { ...clusters, clusterName: 'eu', kubernetes: { enabled: true } },
      },
    });
    const selectors = rules.flatMap(({ expr }) => expr.match(/\{[^}]*\}/g) ?? []);
    expect(selectors.length).toBeGreaterThan(100);
    expect(selectors.filter((one) => !one.startsWith('{cluster="eu",namespace="relay",'))).toEqual(
      [],
    );
  });

  it('the name may have any characters but quotes, backslashes and braces', async () => {
    const clusterName = 'arn:aws:eks:eu-west-1:1:cluster/prod: #1';
    const values = { serviceMonitor, prometheusRule: { ...clusters, clusterName } };
    const rules = await rulesOf({ values });
    const selectors = rules.flatMap(({ expr }) => expr.match(/\{[^}]*\}/g) ?? []);
    expect(selectors.length).toBeGreaterThan(100);
    expect(selectors.filter((one) => !one.startsWith(`{cluster="${clusterName}",`))).toEqual([]);
  });

  it('a name without a label is refused', async () => {
    const values = { serviceMonitor, prometheusRule: { enabled: true, clusterName: 'eu' } };
    await expect(render({ values })).rejects.toThrow(HelmError);
    await expect(render({ values })).rejects.toThrow(
      /clusterName needs prometheusRule.clusterLabel/,
    );
  });
});

describe('of stores without an exporter', () => {
  const values = {
    ...scenarios['with nothing bundled'].values,
    serviceMonitor,
    prometheusRule: { enabled: true },
  };

  it('the services themselves report lost stores', async () => {
    const names = (await alertsOf({ values })).map(({ alert }) => alert);
    expect(names).toEqual(expect.arrayContaining(['RelayPostgresUnreachable', 'RelayCacheDown']));
    expect(names).not.toContain('RelayPostgresDown');
    expect(names).not.toContain('RelayRedisDown');
  });

  it('no rule reads a metric that only an exporter has', async () => {
    const rules = await rulesOf({ values });
    expect(rules.filter(({ expr }) => /\bpg_|redis_up|-exporter/.test(expr))).toEqual([]);
  });

  it('no alert links to a dashboard that is not there', async () => {
    for (const { annotations } of await alertsOf({ values })) {
      expect(annotations['dashboard_url']).not.toMatch(/relay-(?:postgres|redis)\b/);
    }
  });
});

it('links to runbooks only where their place is given', async () => {
  const alerts = await alertsOf({ values: { prometheusRule: { enabled: true } } });
  expect(alerts.length).toBeGreaterThan(20);
  expect(alerts.filter(({ annotations }) => 'runbook_url' in annotations)).toEqual([]);
});
