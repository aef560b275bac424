import { readFileSync } from 'node:fs';
import path from 'node:path';

import { ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';
import { parse } from 'yaml';
import { z } from 'zod';

import type { AlertName } from './links.ts';

const CHART = path.join(import.meta.dirname, '../../charts/relay');

const duration = z.string().regex(/^\d+[smhd]$/);
const chart = z.object({
  prometheusRule: z.object({
    slo: z.object({
      period: duration,
      availability: z.number(),
      latencySeconds: z.number(),
      burnRates: z.array(z.object({ factor: z.number(), long: duration, short: duration })),
    }),
  }),
});
const rule = z.object({
  threshold: z.string().optional(),
  parameters: z.record(z.string(), z.union([z.number(), z.string()])),
});

/** The objectives in the chart's values. */
export const {
  prometheusRule: { slo },
} = chart.parse(parse(readFileSync(path.join(CHART, 'values.yaml'), 'utf8')));

/** The limit at which an alert fires, from its `rule.yaml`: a panel turns red there. */
export function threshold(alert: AlertName): number {
  const { threshold: name = '', parameters } = ruleOf(alert);
  return z.number(`${alert} has no threshold`).parse(parameters[name]);
}

/** The window over which an alert counts, such as `10m`. */
export function windowOf(alert: AlertName): string {
  return duration.parse(ruleOf(alert).parameters['window']);
}

function ruleOf(alert: AlertName): z.infer<typeof rule> {
  return rule.parse(parse(readFileSync(path.join(CHART, 'alerts', alert, 'rule.yaml'), 'utf8')));
}

/** The values at which a panel changes its colour. */
export type Thresholds = ThresholdsConfigBuilder;

/** Always green. */
export const none = () => steps([['green', null]]);

/** Red at `limit` and above. */
export const above = (limit: number) =>
  steps([
    ['green', null],
    ['red', limit],
  ]);

/** Red below `limit`. */
export const below = (limit: number) =>
  steps([
    ['red', null],
    ['green', limit],
  ]);

/** For values that are 1 without a fault. */
export const up = () => below(1);

/** For values that are 0 without a fault. */
export const nothing = () => above(1);

function steps(list: [color: string, value: number | null][]): Thresholds {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(list.map(([color, value]) => ({ color, value })));
}
