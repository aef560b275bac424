import { readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'yaml';

import { CHART, render, type Installation } from './helm.ts';
import type { Alert, Kinds, Recording } from './kubernetes.ts';
import { ofKind } from './manifests.ts';

/** As Prometheus reads them from a file. */
export type RuleFile = Kinds['PrometheusRule']['spec'];

export async function ruleFileOf(installation: Installation): Promise<RuleFile> {
  const rules = ofKind(await render(installation), 'PrometheusRule');
  return { groups: rules.flatMap(({ spec }) => spec.groups) };
}

/** The rules of an installation, in their order. */
export async function rulesOf(installation: Installation): Promise<(Alert | Recording)[]> {
  return (await ruleFileOf(installation)).groups.flatMap((group) => group.rules);
}

/** Those of its rules that alert. */
export async function alertsOf(installation: Installation): Promise<Alert[]> {
  return (await rulesOf(installation)).filter((rule) => 'alert' in rule);
}

/** Their names, sorted. */
export async function alertNames(installation: Installation): Promise<string[]> {
  const names = (await alertsOf(installation)).map(({ alert }) => alert);
  return [...new Set(names)].toSorted();
}

/** The contents of a `rule.yaml`. */
export interface RuleSource {
  parameters?: Record<string, number | string>;
}

/** One folder for each alert, with its rule, the rule's test, runbook and experiment. */
export const ALERTS = path.join(CHART, 'alerts');

/** The alert's `rule.yaml`. */
export function ruleSource(alert: string): RuleSource {
  return parse(readFileSync(path.join(ALERTS, alert, 'rule.yaml'), 'utf8')) as RuleSource;
}
