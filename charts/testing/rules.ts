import { render, type Installation } from './helm.ts';
import type { Alert, Recording } from './kubernetes.ts';
import { ofKind } from './manifests.ts';

/** The rules of an installation, in their order. */
async function rulesOf(installation: Installation): Promise<(Alert | Recording)[]> {
  const rules = ofKind(await render(installation), 'PrometheusRule');
  return rules.flatMap(({ spec }) => spec.groups.flatMap((group) => group.rules));
}

/** Those of its rules that alert. */
export async function alertsOf(installation: Installation): Promise<Alert[]> {
  return (await rulesOf(installation)).filter((rule) => 'alert' in rule);
}
