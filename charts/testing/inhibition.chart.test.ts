import { readFileSync } from 'node:fs';
import path from 'node:path';

import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';

import type { Alert } from './kubernetes.ts';
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
const rules = alertmanager.config.inhibit_rules.filter(({ source_matchers }) =>
  source_matchers.some((matcher) => matcher.includes('"Relay')),
);

let alerts: Alert[];
beforeAll(async () => {
  if (inject('chartTools') === null) return;
  alerts = await alertsOf(scenarios['with rules']);
});

const RANKS = ['none', 'info', 'warning', 'critical'];

/** The alerts that a matcher such as `alertname=~"Relay.+"` means, as Alertmanager reads it: anchored. */
function matched([matcher]: string[]) {
  const [, operator, pattern] = /^alertname(=~?)"(.+)"$/.exec(matcher!)!;
  const regexp = new RegExp(`^(?:${pattern!})$`);
  return alerts.filter(({ alert }) => (operator === '=' ? alert === pattern : regexp.test(alert)));
}

const namesOf = (matchers: string[]) => new Set(matched(matchers).map(({ alert }) => alert));
const rankOf = ({ labels }: Alert) => RANKS.indexOf(labels.severity);

describe.each(rules)('$source_matchers silences $target_matchers', (rule) => {
  it('and both are alerts of the chart', () => {
    expect(matched(rule.source_matchers)).not.toEqual([]);
    expect(matched(rule.target_matchers)).not.toEqual([]);
  });

  it('of the same release only', () => {
    expect(rule.equal).toContain('namespace');
  });

  it('and is not itself silenced by them', () => {
    const sources = namesOf(rule.source_matchers);
    expect([...sources.intersection(namesOf(rule.target_matchers))]).toEqual([]);
    const back = rules.filter((other) => {
      const silences = namesOf(other.target_matchers).intersection(sources).size > 0;
      return (
        silences &&
        namesOf(rule.target_matchers).intersection(namesOf(other.source_matchers)).size > 0
      );
    });
    expect(back).toEqual([]);
  });

  it('and is as severe as what it silences', () => {
    const least = Math.min(...matched(rule.source_matchers).map(rankOf));
    const most = Math.max(...matched(rule.target_matchers).map(rankOf));
    expect(least).toBeGreaterThanOrEqual(most);
  });
});
