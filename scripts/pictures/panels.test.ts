import { expect, test } from 'vitest';

import { colorOf, parseDashboard } from './panels.ts';

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
