import {
  Counter,
  type CounterConfiguration,
  type Histogram,
  type Registry,
  type RegistryContentType,
} from 'prom-client';

import { OTHER } from '../../keys/keys.ts';
import type { CacheEvent } from '../events.ts';

/**
 * Returns the labels that tie the current observation to its trace, such as `{ trace_id }`;
 * `undefined` for a trace that is not recorded.
 */
export type Exemplar = () => Record<string, string> | undefined;

export interface MetricsContext {
  registry: Registry<RegistryContentType>;
  /** The declared templates and `other`: all values that the label `key` may have. */
  keys: readonly string[];
  exemplar: Exemplar | undefined;
  /** Milliseconds on a monotonic clock. */
  now: () => number;
}

/** The event handlers of a group of metrics. */
export type Handlers = {
  [Type in CacheEvent['type']]?: (event: Extract<CacheEvent, { type: Type }>) => void;
};

/** Registers some metrics that belong together, with all their series, and keeps them. */
export type MetricGroup = (context: MetricsContext) => Handlers;

/** The `reason` of one type of event. */
export type ReasonOf<Type extends CacheEvent['type']> =
  Extract<CacheEvent, { type: Type }> extends { reason: infer Reason extends string }
    ? Reason
    : never;

/** All values of a label. The type requires all of them: each needs its series. */
export function valuesOf<Value extends string>(values: Record<Value, true>): readonly Value[] {
  return Object.keys(values) as Value[];
}

/** One series of a counter. */
export interface Tally {
  /** Added since the last scrape. */
  count: number;
}

/**
 * A counter that keeps its series as plain numbers between scrapes. prom-client hashes the labels at
 * each `inc`, even of a child from `labels()`; a hit only adds here. Each series is exposed from the
 * start, at 0.
 */
export function tallies<Label extends string>(
  configuration: Omit<CounterConfiguration<Label>, 'collect'>,
): (labels: Record<Label, string>) => Tally {
  const series: { labels: Record<Label, string>; tally: Tally }[] = [];
  const counter = new Counter<Label>({
    ...configuration,
    collect() {
      for (const { labels, tally } of series) {
        counter.inc(labels, tally.count);
        tally.count = 0;
      }
    },
  });
  return (labels) => {
    const tally = { count: 0 };
    series.push({ labels, tally });
    return tally;
  };
}

/** Makes something for each value of a label now, so that its series exist from the start, at 0. */
export function each<Value extends string, T>(
  values: readonly Value[],
  make: (value: Value) => T,
): (of: Value) => T {
  const made = new Map(values.map((value) => [value, make(value)]));
  return (value) => made.get(value)!;
}

/** The same for the label `key`. An undeclared one is `other`. */
export function eachKey<T>(keys: readonly string[], make: (key: string) => T): (of: string) => T {
  const made = new Map(keys.map((key) => [key, make(key)]));
  const other = made.get(OTHER)!;
  return (key) => made.get(key) ?? other;
}

const NO_EXEMPLAR = {};

/** One series of a histogram, at 0, with exemplars if there are any. */
export function observer<Label extends string>(
  histogram: Histogram<Label>,
  labels: Record<Label, string>,
  exemplar: Exemplar | undefined,
): (value: number) => void {
  histogram.zero(labels);
  if (!exemplar) return histogram.labels(labels).observe;
  return (value) => histogram.observe({ labels, value, exemplarLabels: exemplar() ?? NO_EXEMPLAR });
}
