import { readFileSync } from 'node:fs';
import path from 'node:path';

import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';

import { metricsOf } from '../../grafana/testing/metrics.ts';
import type { Alert } from './kubernetes.ts';
import { seenLabels } from './promtool.ts';
import { alertsOf } from './rules.ts';
import { scenarios } from './scenarios.ts';
import { stackAlerts, type StackAlert } from './stack-alerts.ts';

interface InhibitRule {
  source_matchers: string[];
  target_matchers: string[];
  equal: string[];
}
type Labels = Record<string, string>;

const FILE = path.join(import.meta.dirname, '../../k8s/monitoring/values.yaml');
const { alertmanager } = parse(readFileSync(FILE, 'utf8')) as {
  alertmanager: { config: { inhibit_rules: InhibitRule[] } };
};
const { inhibit_rules: rules } = alertmanager.config;
const RANKS = ['warning', 'critical'];
const SECONDS = { s: 1, m: 60, h: 3600 };

/** An alert of each rule set. Both read the same metric, so they may fire for the same cause. */
interface Pair {
  ours: Alert;
  theirs: StackAlert;
}

let pairs: Pair[] = [];
beforeAll(async () => {
  if (inject('chartTools') === null) return;
  const alerts = await alertsOf(scenarios['with rules']);
  pairs = alerts.flatMap((ours) => {
    const read = new Set(metricsOf(ours.expr));
    return stackAlerts
      .filter(({ metrics }) => metrics.some((metric) => read.has(metric)))
      .map((theirs) => ({ ours, theirs }));
  });
});

describe("with kube-prometheus-stack's own rules", () => {
  it('one cause pages once: of each pair that reads the same, one is silenced', () => {
    expect(pairs.length).toBeGreaterThan(8);
    const twice = pairs
      .filter(({ theirs }) => theirs.otherCause === undefined)
      .filter(({ ours, theirs }) => !isSilenced(theirs, ours))
      // If two of Relay's alerts are causes of a stack's alert, the alert that fires with it may silence it.
      .filter(
        ({ ours, theirs }) =>
          !pairs.some((pair) => pair.theirs === theirs && isStronger(pair, ours)),
      );
    expect(twice.map(({ ours, theirs }) => `${ours.alert} and ${theirs.alert}`)).toEqual([]);
  });

  it('an alert that silences one of the stack fires no later, and is no less severe', () => {
    const weak = pairs
      .filter(({ ours, theirs }) => isSilenced(theirs, ours))
      .filter(
        ({ ours, theirs }) =>
          waitOf(ours) > theirs.forSeconds ||
          RANKS.indexOf(ours.labels.severity) < RANKS.indexOf(theirs.severity),
      );
    expect(weak.map(({ ours, theirs }) => `${ours.alert} over ${theirs.alert}`)).toEqual([]);
  });

  it('no alert silences one of another cluster or namespace', () => {
    const wide = rules.filter(
      ({ equal }) => !equal.includes('cluster') || !equal.includes('namespace'),
    );
    expect(wide).toEqual([]);
  });

  it('no alert of the stack silences one of Relay', () => {
    const silenced = pairs.filter(({ ours, theirs }) =>
      rules.some(
        (rule) =>
          !rule.equal.includes('alertname') &&
          matches(rule.source_matchers, labelsOfStack(theirs)) &&
          matches(rule.target_matchers, { alertname: ours.alert, severity: ours.labels.severity }),
      ),
    );
    expect(silenced).toEqual([]);
  });
});

/** Whether another alert of Relay on the same figure, which fires with `ours`, silences the stack's. */
function isStronger({ ours, theirs }: Pair, weaker: Alert): boolean {
  return (
    ours.alert !== weaker.alert &&
    isSilenced(theirs, ours) &&
    rules.some(
      (rule) =>
        matches(rule.source_matchers, { alertname: ours.alert, severity: ours.labels.severity }) &&
        matches(rule.target_matchers, {
          alertname: weaker.alert,
          severity: weaker.labels.severity,
        }),
    )
  );
}

/** Whether Alertmanager keeps `theirs` back while `ours` fires about the same thing. */
function isSilenced(theirs: StackAlert, ours: Alert): boolean {
  return rules.some(
    ({ source_matchers, target_matchers, equal }) =>
      matches(source_matchers, { alertname: ours.alert, severity: ours.labels.severity }) &&
      matches(target_matchers, labelsOfStack(theirs)) &&
      // To Alertmanager a label that both lack is equal; a label that only one lacks is not.
      seenLabels(ours.alert).some((seen) =>
        equal.every((label) => theirs.labels.includes(label) === label in seen),
      ),
  );
}

const labelsOfStack = ({ alert, severity }: StackAlert): Labels => ({ alertname: alert, severity });

function matches(matchers: readonly string[], labels: Labels): boolean {
  return matchers.every((matcher) => {
    const [, label, operator, pattern] = /^(\w+)(=~|!~|!=|=)"(.*)"$/.exec(matcher)!;
    const value = labels[label!] ?? '';
    const isRegExp = operator!.endsWith('~');
    const isMatch = isRegExp ? new RegExp(`^(?:${pattern})$`).test(value) : value === pattern;
    return operator!.startsWith('!') ? !isMatch : isMatch;
  });
}

function waitOf({ for: wait = '0s' }: Alert): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(wait)!;
  return Number(count) * SECONDS[unit as keyof typeof SECONDS];
}
