import path from 'node:path';

import { beforeAll, expect, inject, it } from 'vitest';

import { CHART, type Installation } from '../../chart/helm.ts';
import { alertsOf } from '../../chart/rules.ts';
import { NOT_DRILLED, SCENARIOS } from './index.ts';

const VALUES = path.relative(CHART, path.join(import.meta.dirname, '../values.yaml'));
const ALL = { prometheusRule: { enabled: true, kubernetes: { enabled: true } } };

async function namesIn(installation: Installation): Promise<Set<string>> {
  return new Set((await alertsOf(installation)).map(({ alert }) => alert));
}

let inChart: Set<string>;
let whileDrilled: Set<string>;
beforeAll(async () => {
  if (inject('chartTools') === null) return;
  inChart = await namesIn({ values: ALL });
  whileDrilled = await namesIn({ files: ['values-kind.yaml', VALUES] });
});

it('each alert of the chart has a scenario, or a reason to have none, and not both', () => {
  const known = [...SCENARIOS, ...NOT_DRILLED].map(({ alert }) => alert);
  expect(known.toSorted()).toEqual([...inChart].toSorted());
});

it('the values of the drill leave each alert that has a scenario', () => {
  expect(SCENARIOS.map(({ alert }) => alert).filter((alert) => !whileDrilled.has(alert))).toEqual(
    [],
  );
});

it('what a scenario expects beside its alert are alerts too', () => {
  const expected = SCENARIOS.flatMap(({ alsoFires = [] }) => alsoFires);
  expect(expected.filter((alert) => !inChart.has(alert))).toEqual([]);
});
