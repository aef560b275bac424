import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { colorOf, parseDashboard } from './panels.ts';
import { picture } from './picture.ts';

const DASHBOARDS = path.join(import.meta.dirname, '../../../charts/relay/dashboards');
const RANGE = { fromMs: 0, toMs: 60_000, stepSeconds: 15 };

const table = {
  type: 'table',
  title: 'Routes',
  gridPos: { x: 0, y: 0, w: 24, h: 8 },
  targets: [
    { refId: 'A', expr: 'requests' },
    { refId: 'B', expr: 'p99' },
  ],
  transformations: [
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: {
        indexByName: { 'Value #B': 2, route: 0, 'Value #A': 1 },
        renameByName: { route: 'Route', 'Value #A': 'Requests', 'Value #B': 'p99' },
      },
    },
  ],
  fieldConfig: {
    defaults: { unit: 'none' },
    overrides: [
      {
        matcher: { id: 'byName', options: 'Requests' },
        properties: [{ id: 'unit', value: 'reqps' }],
      },
      { matcher: { id: 'byName', options: 'p99' }, properties: [{ id: 'unit', value: 's' }] },
    ],
  },
};

const panel = {
  type: 'stat',
  title: 'Hit ratio',
  gridPos: { x: 0, y: 0, w: 6, h: 4 },
  fieldConfig: {
    defaults: {
      unit: 'percentunit',
      thresholds: {
        mode: 'absolute',
        steps: [
          { value: null, color: 'red' },
          { value: 0.6, color: 'green' },
        ],
      },
    },
  },
};

test('a panel has the colour of the highest step that its value has reached', () => {
  const { panels } = parseDashboard(JSON.stringify({ uid: 'u', title: 't', panels: [panel] }));
  const colors = [0.59, 0.6].map((value) => colorOf(panels[0]!, value));
  expect(colors).toEqual(['#f2495c', '#73bf69']);
});

test('without thresholds it is plain', () => {
  const plain = { ...panel, fieldConfig: { defaults: {} } };
  const { panels } = parseDashboard(JSON.stringify({ uid: 'u', title: 't', panels: [plain] }));
  expect(colorOf(panels[0]!, 1)).toBe('#d5d8de');
});

test('every panel of every dashboard can be drawn', () => {
  const files = globSync(path.join(DASHBOARDS, '*.json'));
  expect(files).toHaveLength(5);
  for (const file of files) {
    for (const one of parseDashboard(readFileSync(file, 'utf8')).panels) {
      const drawn = one.targets.map(({ legendFormat }) => ({ legendFormat, series: [] }));
      expect(picture(one, drawn, RANGE)).toMatchObject({ title: one.title });
    }
  }
});

const series = (value: number) => [{ labels: { route: '/a' }, points: [{ atMs: 60_000, value }] }];

test('a table has a row for each set of labels, and a column for each query', () => {
  const { panels } = parseDashboard(JSON.stringify({ uid: 'u', title: 't', panels: [table] }));
  const { html } = picture(
    panels[0]!,
    [
      { legendFormat: undefined, series: series(2) },
      { legendFormat: undefined, series: series(0.25) },
    ],
    RANGE,
  );
  expect(html).toBe(
    '<table><tr><th>Route</th><th>Requests</th><th>p99</th></tr>' +
      '<tr><td>/a</td><td>2 req/s</td><td>250 ms</td></tr></table>',
  );
});
