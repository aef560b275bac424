import path from 'node:path';

import { beforeAll, expect, inject, it } from 'vitest';

import { CHART, type Installation } from '../chart/helm.ts';
import { alertsOf } from '../chart/rules.ts';
import { DISABLED_GROUP } from './experiment.ts';
import { loadExperiments } from './experiments.ts';

const VALUES = path.relative(CHART, path.join(import.meta.dirname, 'values.yaml'));
const ALL = { prometheusRule: { enabled: true, kubernetes: { enabled: true } } };
const { runnable, notRun } = await loadExperiments();

async function namesIn(installation: Installation): Promise<Set<string>> {
  return new Set((await alertsOf(installation)).map(({ alert }) => alert));
}

let inChart: Set<string>;
let duringDrill: Set<string>;
beforeAll(async () => {
  if (inject('chartTools') === null) return;
  inChart = await namesIn({ values: ALL });
  duringDrill = await namesIn({ files: ['values-kind.yaml', VALUES] });
});

it('every alert of the chart has an experiment, or a reason to have none', () => {
  const names = [...runnable, ...notRun].map(({ alert }) => alert);
  expect(names.toSorted()).toEqual([...inChart].toSorted());
});

it('the values of the drill keep every alert that has an experiment', () => {
  const names = runnable.map(({ alert }) => alert);
  expect(names.filter((alert) => !duringDrill.has(alert))).toEqual([]);
});

it('the values of the drill leave out the alerts of the disabled group, and no other', () => {
  const disabled = notRun.filter(({ reason }) => reason === DISABLED_GROUP);
  const leftOut = inChart.difference(duringDrill);
  expect(disabled.map(({ alert }) => alert).toSorted()).toEqual([...leftOut].toSorted());
});

it('the other alerts that an experiment expects exist', () => {
  const expected = runnable.flatMap(({ experiment: { alsoFires = [] } }) => alsoFires);
  expect(expected.filter((alert) => !inChart.has(alert))).toEqual([]);
});
