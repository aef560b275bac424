import { render, type Installation } from './helm.ts';
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
