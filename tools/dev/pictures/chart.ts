import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

import type { Series, TimeRange } from '../../kit/prometheus.ts';
import { bucketsOf, legend } from './series.ts';
import { formatValue } from './units.ts';

/** Series of one query, with the format of their names. */
export interface Drawn {
  legendFormat: string | undefined;
  series: Series[];
}

interface ChartOptions {
  width: number;
  height: number;
  unit: string | undefined;
  range: TimeRange;
  stacked: boolean;
  /** The limit of the value, drawn as a line. */
  limits: readonly number[];
}

interface Point {
  at: Date;
  value: number;
  name: string;
}

/** The first colours of Grafana's classic palette. */
export const COLORS = [
  '#73bf69',
  '#5794f2',
  '#f2cc0c',
  '#ff9830',
  '#f2495c',
  '#b877d9',
  '#8ab8ff',
  '#37872d',
  '#fade2a',
  '#c4162a',
];
const AXIS = { label: null, ticks: 5 } as const;
const { document } = parseHTML('<!doctype html><html></html>');

/** The names of the series, in the order of their colours. */
export function namesOf(drawn: readonly Drawn[]): string[] {
  const all = drawn.flatMap(({ legendFormat, series }) =>
    series.map(({ labels }) => legend(legendFormat, labels)),
  );
  return [...new Set(all)];
}

/** @returns SVG */
export function lineChart(drawn: readonly Drawn[], options: ChartOptions): string {
  const { unit, stacked, limits } = options;
  const points = pointsOf(drawn, options.range);
  const top = Math.max(...points.map(({ value }) => value || 0), 0);
  // A limit far above all values would flatten the chart.
  const seen = limits.filter((limit) => limit > 0 && limit <= top * 1.5);
  const channels = { x: 'at', y: 'value', fill: 'name' };
  return svg({
    ...frame(options),
    color: { domain: namesOf(drawn), range: COLORS },
    y: {
      ...AXIS,
      grid: true,
      // No values at all are drawn as a line at zero.
      ...(top === 0 && points.every(({ value }) => !(value < 0))
        ? { domain: [0, 1] }
        : { zero: true }),
      tickFormat: (value: number) => formatValue(value, unit),
    },
    marks: [
      stacked
        ? Plot.areaY(points, { ...channels, fillOpacity: 0.5 })
        : Plot.areaY(points, { x: 'at', y1: 0, y2: 'value', fill: 'name', fillOpacity: 0.08 }),
      stacked
        ? Plot.lineY(points, Plot.stackY2({ x: 'at', y: 'value', stroke: 'name' }))
        : Plot.lineY(points, { x: 'at', y: 'value', stroke: 'name', strokeWidth: 1.5 }),
      Plot.ruleY(seen, { stroke: '#f2495c', strokeDasharray: '4 3' }),
    ],
  });
}

/** The observations in each bucket over time. @returns SVG */
export function heatMap(drawn: readonly Drawn[], options: ChartOptions): string {
  const buckets = bucketsOf(drawn.flatMap(({ series }) => series));
  const cells = buckets.flatMap(({ labels, points }) =>
    points
      .filter(({ value }) => value > 0)
      .map(({ atMs, value }) => ({ at: new Date(atMs), bound: labels['le'] ?? '', value })),
  );
  const bounds = buckets.map(({ labels }) => labels['le'] ?? '');
  const stepMs = (buckets[0]?.points[1]?.atMs ?? 0) - (buckets[0]?.points[0]?.atMs ?? 0);
  return svg({
    ...frame(options),
    color: { type: 'sqrt', scheme: 'oranges' },
    y: {
      ...AXIS,
      domain: bounds.toReversed(),
      tickFormat: (bound: string) =>
        bound === '+Inf' ? '∞' : formatValue(Number(bound), options.unit),
    },
    marks: [
      Plot.barX(cells, {
        x1: 'at',
        x2: ({ at }: { at: Date }) => new Date(at.getTime() + stepMs),
        y: 'bound',
        fill: 'value',
        insetTop: 0.5,
      }),
    ],
  });
}

/** The state of each series over time. @returns SVG */
export function stateTimeline(
  drawn: readonly Drawn[],
  options: ChartOptions & { color: (value: number) => string },
): string {
  const { range, color } = options;
  const bars = pointsOf(drawn, range).filter(({ value }) => Number.isFinite(value));
  return svg({
    ...frame(options, 190),
    y: { label: null, domain: namesOf(drawn) },
    marks: [
      Plot.barX(bars, {
        x1: 'at',
        x2: ({ at }: Point) => new Date(at.getTime() + range.stepSeconds * 1000),
        y: 'name',
        fill: ({ value }: Point) => color(value),
        insetTop: 1,
        insetBottom: 1,
      }),
    ],
  });
}

/** The points of all lines; a line breaks at a step without a value. */
function pointsOf(drawn: readonly Drawn[], { stepSeconds }: TimeRange): Point[] {
  return drawn.flatMap(({ legendFormat, series }) =>
    series.flatMap(({ labels, points }) => {
      const name = legend(legendFormat, labels);
      return points.flatMap(({ atMs, value }, index) => {
        const point = {
          at: new Date(atMs),
          value: Number.isFinite(value) ? value : Number.NaN,
          name,
        };
        const beforeMs = points[index - 1]?.atMs ?? atMs;
        const isGap = atMs - beforeMs > stepSeconds * 1500;
        return isGap ? [{ at: new Date(beforeMs + 1), value: Number.NaN, name }, point] : [point];
      });
    }),
  );
}

function frame(
  { width, height, range: { fromMs, toMs } }: ChartOptions,
  marginLeft = 72,
): Plot.PlotOptions {
  return {
    document,
    width,
    height,
    marginLeft,
    marginRight: 8,
    marginTop: 8,
    marginBottom: 22,
    style: { background: 'transparent', color: '#9fa7b3', fontSize: '11px' },
    x: {
      label: null,
      ticks: Math.max(2, Math.floor((width - marginLeft) / 130)),
      type: 'utc',
      domain: [new Date(fromMs), new Date(toMs)],
      tickFormat: (at: Date) => at.toISOString().slice(11, 16),
    },
  };
}

function svg(options: Plot.PlotOptions): string {
  return Plot.plot(options).outerHTML;
}
