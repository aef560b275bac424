import { beforeAll, expect, inject, test } from 'vitest';

import type { Rule } from '../../tools/kit/prometheus.ts';
import { eventually } from '../../tools/kit/wait.ts';
import { trailOf } from './support/alert-trail.ts';
import { logIn } from './support/api.ts';
import { query, rulesOfRelay } from './support/prometheus.ts';

// Runs before the tests that cause outages: their alerts would still fire.

/** The operator updates Prometheus' configuration, Prometheus loads it, and evaluates each rule. */
const SOON = { withinMs: 180_000, everyMs: 2000 };

/** The longer of the budgets' short windows and its recording rules. The long windows take days. */
const LONGEST_WAIT_SECONDS = 40 * 60;

let rules: Rule[];
beforeAll(async () => {
  rules = await eventually(
    'Prometheus has evaluated every rule of the release',
    async () => {
      const loaded = await rulesOfRelay();
      const isWaiting = loaded.some(({ health }) => health === 'unknown');
      if (loaded.length === 0 || isWaiting) throw new Error('Some rules have not been evaluated');
      return loaded;
    },
    SOON,
  );
});

test('every rule is evaluated without an error', async ({ annotate }) => {
  const faulty = rules.filter(({ health, lastError }) => health !== 'ok' || lastError);
  expect(faulty).toEqual([]);
  const slowest = rules.toSorted((a, b) => b.evaluationTime - a.evaluationTime)[0]!;
  const ms = (slowest.evaluationTime * 1000).toFixed(1);
  await annotate(`${rules.length} rules; the slowest, ${slowest.name}, took ${ms} ms`);
});

test('every recording rule records', async () => {
  const client = await logIn(inject('email'));
  const names = new Set(rules.filter(({ type }) => type === 'recording').map(({ name }) => name));
  await eventually(
    'each has a series',
    async () => {
      await client.list();
      const empty: string[] = [];
      for (const name of names) {
        const series = await query(`${name}{namespace="relay"}`);
        if (series.length === 0) empty.push(name);
      }
      expect(empty).toEqual([]);
    },
    SOON,
  );
});

test('every series that an alert selects exists', async () => {
  const alerts = rules.filter(({ type }) => type === 'alerting');
  const missing: string[] = [];
  for (const { name, query: expression } of alerts) {
    for (const selector of selectorsOf(expression)) {
      const series = await query(selector);
      if (series.length === 0) missing.push(`${name}: ${selector}`);
    }
  }
  expect(missing).toEqual([]);
});

test(
  'only the watchdog fires without a fault',
  async ({ annotate }) => {
    // An alert of an earlier run or of the installation fires until the ranges of its rules have passed.
    const trails = (await firing()).map((rule) => trailOf(rule, rules));
    const waited = trails.filter((seconds) => seconds <= LONGEST_WAIT_SECONDS);
    const withinMs = Math.max(0, ...waited) * 1000 + SOON.withinMs;
    const others = trails.length - 1;
    await annotate(`${others} other alerts fired at the start; waits at most ${withinMs / 1000} s`);
    await eventually(
      'only the watchdog fires',
      async () => {
        const isRecovered = await isNoBudgetSpent();
        const left = (await firing()).filter((rule) => {
          return !(isRecovered && trailOf(rule, rules) > LONGEST_WAIT_SECONDS);
        });
        expect(left.map(({ name }) => name)).toEqual(['RelayWatchdog']);
      },
      { ...SOON, withinMs },
    );
  },
  LONGEST_WAIT_SECONDS * 1000 + 300_000,
);

const firing = async () => (await rulesOfRelay()).filter(({ state }) => state === 'firing');

/** True if no error budget is burning too fast now. Its alerts over days still fire hours after an outage. */
async function isNoBudgetSpent(): Promise<boolean> {
  const shortest = 'job:relay_slo_burn_rate:ratio{namespace="relay", window="5m"}';
  const spent = await query(shortest);
  return spent.length > 0 && spent.every(({ value }) => !(value > 1));
}

/** The instant selectors in an expression: `up{job="relay-auth"}`. */
function selectorsOf(expression: string): string[] {
  return [...expression.matchAll(/[a-zA-Z_:][\w:]*\{[^}]*\}/g)].map(([selector]) => selector);
}
