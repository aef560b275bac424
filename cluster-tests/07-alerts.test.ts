import { beforeAll, expect, inject, test } from 'vitest';

import { logIn } from './support/api.ts';
import { eventually } from './support/eventually.ts';
import { query, rulesOfRelay, type Rule } from './support/prometheus.ts';

// Before any test that takes something away: what follows from that would still be firing.
/** The operator has to hear of the rules, Prometheus to load them, and each to be evaluated. */
const SOON = { withinMs: 180_000, everyMs: 2000 };

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

test('while nothing is wrong, only the watchdog fires', async () => {
  await eventually(
    'what other tests and the installation brought about is over',
    async () => {
      const firing = (await rulesOfRelay()).filter(({ state }) => state === 'firing');
      expect(firing.map(({ name }) => name)).toEqual(['RelayWatchdog']);
    },
    SOON,
  );
});

/** The instant selectors in an expression: `up{job="relay-auth"}`. */
function selectorsOf(expression: string): string[] {
  return [...expression.matchAll(/[a-zA-Z_:][\w:]*\{[^}]*\}/g)].map(([selector]) => selector);
}
