import { beforeAll, expect, inject, test } from 'vitest';

import { trailOf } from './support/alert-trail.ts';
import { logIn } from './support/api.ts';
import { eventually } from './support/eventually.ts';
import { query, rulesOfRelay, type Rule } from './support/prometheus.ts';

// Before any test that takes something away: what follows from that would still be firing.
/** The operator has to hear of the rules, Prometheus to load them, and each to be evaluated. */
const SOON = { withinMs: 180_000, everyMs: 2000 };

/** The second of the budgets' short windows, and what is recorded below it. The longer ones are of days. */
const LONGEST_WAIT_SECONDS = 40 * 60;

let rules: Rule[];
beforeAll(async () => {
  rules = await eventually(
    'Prometheus has evaluated every rule of the release',
    async () => {
      const found = await rulesOfRelay();
      const isWaiting = found.some(({ health }) => health === 'unknown');
      if (found.length === 0 || isWaiting) throw new Error('There are some to come');
      return found;
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

test('every alert rests on series that are there', async () => {
  const alerts = rules.filter(({ type }) => type === 'alerting');
  const blind: string[] = [];
  for (const { name, query: expression } of alerts) {
    for (const selector of selectorsOf(expression)) {
      const series = await query(selector);
      if (series.length === 0) blind.push(`${name}: ${selector}`);
    }
  }
  expect(blind).toEqual([]);
});

test(
  'while nothing is wrong, only the watchdog fires',
  async ({ annotate }) => {
    // What an earlier run or the installation brought about goes on for as long as its rules look back.
    const trails = (await firing()).map((rule) => trailOf(rule, rules));
    const waited = trails.filter((seconds) => seconds <= LONGEST_WAIT_SECONDS);
    const withinMs = Math.max(0, ...waited) * 1000 + SOON.withinMs;
    const others = trails.length - 1;
    await annotate(`${others} other alerts fired at first; waits at most ${withinMs / 1000} s`);
    await eventually(
      'only the watchdog fires',
      async () => {
        const isPast = await isNoBudgetSpent();
        const left = (await firing()).filter((rule) => {
          return !(isPast && trailOf(rule, rules) > LONGEST_WAIT_SECONDS);
        });
        expect(left.map(({ name }) => name)).toEqual(['RelayWatchdog']);
      },
      { ...SOON, withinMs },
    );
  },
  LONGEST_WAIT_SECONDS * 1000 + 300_000,
);

const firing = async () => (await rulesOfRelay()).filter(({ state }) => state === 'firing');

/** True if no error budget is being spent too fast now. Its alerts over days still tell of an outage hours later. */
async function isNoBudgetSpent(): Promise<boolean> {
  const shortest = 'job:relay_slo_burn_rate:ratio{namespace="relay", window="5m"}';
  const spent = await query(shortest);
  return spent.length > 0 && spent.every(({ value }) => !(value > 1));
}

/** The instant selectors in an expression: `up{job="relay-auth"}`. */
function selectorsOf(expression: string): string[] {
  return [...expression.matchAll(/[a-zA-Z_:][\w:]*\{[^}]*\}/g)].map(([selector]) => selector);
}
