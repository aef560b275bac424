import type { Histogram, Registry, RegistryContentType } from 'prom-client';

import { OTHER } from '../../keys/keys.ts';
import type { CacheEvent } from '../events.ts';

/**
 * Gives the labels that tie what is measured now to its trace, such as `{ trace_id }`; nothing for
 * a trace that is not recorded.
 */
export type Exemplar = () => Record<string, string> | undefined;

export interface MetricsContext {
  registry: Registry<RegistryContentType>;
  /** The declared templates and `other`: all values that the label `key` may have. */
  keys: readonly string[];
  exemplar: Exemplar | undefined;
}

/** What a group of metrics does at which event. */
export type Handlers = {
  [Type in CacheEvent['type']]?: (event: Extract<CacheEvent, { type: Type }>) => void;
};

/** Registers some metrics that belong together, with all their series, and keeps them. */
export type MetricGroup = (context: MetricsContext) => Handlers;

/** What is made for each value of a label: now, so that its series are there from the start, at 0. */
export function each<Value extends string, T>(
  values: readonly Value[],
  make: (value: Value) => T,
): (of: Value) => T {
  const made = new Map(values.map((value) => [value, make(value)]));
  return (value) => made.get(value)!;
}

/** The same for the label `key`. One that was not announced is `other`. */
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
