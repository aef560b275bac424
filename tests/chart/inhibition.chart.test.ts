import { readFileSync } from 'node:fs';
import path from 'node:path';

import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';

import type { Alert } from './kubernetes.ts';
import { seenLabels } from './promtool.ts';
import { alertsOf } from './rules.ts';
import { scenarios } from './scenarios.ts';

interface InhibitRule {
  source_matchers: string[];
  target_matchers: string[];
  equal: string[];
}

const FILE = path.join(import.meta.dirname, '../../k8s/monitoring/values.yaml');
const { alertmanager } = parse(readFileSync(FILE, 'utf8')) as {
  alertmanager: { config: { inhibit_rules: InhibitRule[] } };
};
/** Those of Relay's alerts among themselves. */
const rules = alertmanager.config.inhibit_rules.filter(({ source_matchers, target_matchers }) =>
  [source_matchers, target_matchers].every((matchers) =>
    matchers.some((matcher) => /^alertname=~?"Relay/.test(matcher)),
  ),
);

let alerts: Alert[];
beforeAll(async () => {
  if (inject('chartTools') === null) return;
  alerts = await alertsOf(scenarios['with rules']);
});

/** They speak for all pods, and their job is their exporter's. */
const STORES = new Set(['alertname="RelayRedisDown"', 'alertname="RelayPostgresDown"']);
const SCOPES = new Set(['job', 'pod', 'persistentvolumeclaim']);
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };
const RANKS = ['none', 'info', 'warning', 'critical'];

/** The label and the values of a matcher. Alertmanager anchors every pattern. */
function parseMatcher(matcher: string) {
  const [, label, operator, pattern] = /^(alertname|severity|scope)(=~?)"(.+)"$/.exec(matcher)!;
  const escaped = operator === '=' ? RegExp.escape(pattern!) : pattern!;
  return { label: label!, regexp: new RegExp(`^(?:${escaped})$`) };
}

/** The alerts that matchers such as `alertname=~"Relay.+"` mean, by name and severity. */
function matched(matchers: string[]): Alert[] {
  // A scope is a label of the expression's own.
  const conditions = matchers.map(parseMatcher).filter(({ label }) => label !== 'scope');
  return alerts.filter(({ alert, labels }) =>
    conditions.every(({ label, regexp }) =>
      regexp.test(label === 'alertname' ? alert : labels.severity),
    ),
  );
}

const namesPod = ({ alert }: Alert) => seenLabels(alert).some((labels) => 'pod' in labels);
const rankOf = ({ labels }: Alert) => RANKS.indexOf(labels.severity);

describe.each(rules)('$source_matchers silences $target_matchers', (rule) => {
  it('and both are alerts of the chart', () => {
    expect(matched(rule.source_matchers)).not.toEqual([]);
    expect(matched(rule.target_matchers)).not.toEqual([]);
  });

  it('of the same release and cluster only, and unless a store is away for all, of the same service or pod', () => {
    expect(rule.equal).toEqual(expect.arrayContaining(['cluster', 'namespace']));
    const isOfStore = rule.source_matchers.every((matcher) => STORES.has(matcher));
    const scope = rule.equal.filter((label) => SCOPES.has(label));
    expect(scope.length > 0).toBe(!isOfStore);
  });

  it('and, if it is about one pod, does not silence a critical alert on the whole service', () => {
    const isOfAll =
      rule.source_matchers.includes('scope="service"') ||
      rule.source_matchers.every((matcher) => STORES.has(matcher));
    const ofOnePod = isOfAll ? [] : matched(rule.source_matchers).filter(namesPod);
    const hidden = matched(rule.target_matchers).filter(
      (alert) => alert.labels.severity === 'critical' && !namesPod(alert),
    );
    expect(ofOnePod.length > 0 ? hidden.map(({ alert }) => alert) : []).toEqual([]);
  });

  it('and is not itself silenced by them', () => {
    const sources = new Set(matched(rule.source_matchers));
    const targets = new Set(matched(rule.target_matchers));
    expect([...sources.intersection(targets)]).toEqual([]);
    const back = rules.filter(
      (other) =>
        matched(other.target_matchers).some((alert) => sources.has(alert)) &&
        matched(other.source_matchers).some((alert) => targets.has(alert)),
    );
    expect(back).toEqual([]);
  });

  it('and is as severe as the alerts it silences', () => {
    const least = Math.min(...matched(rule.source_matchers).map(rankOf));
    const most = Math.max(...matched(rule.target_matchers).map(rankOf));
    expect(least).toBeGreaterThanOrEqual(most);
  });

  // An alert that is sent before its cause is not silenced.
  it('and does not wait longer', () => {
    const longest = Math.max(...matched(rule.source_matchers).map(waitOf));
    const waiting = matched(rule.target_matchers).filter((alert) => alert.for !== undefined);
    const early = waiting.filter((alert) => waitOf(alert) < longest);
    expect(early.map(({ alert }) => alert)).toEqual([]);
  });
});

/** In seconds. */
function waitOf({ for: wait = '0s' }: Alert): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(wait)!;
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
