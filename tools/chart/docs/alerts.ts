import { parse } from 'yaml';

import { markdownTable } from '../../kit/table.ts';

/** An alert's folder. */
export interface AlertFolder {
  name: string;
  /** `rule.yaml`. */
  rule: string;
  /** `runbook.md`; its first sentence describes the alert. */
  runbook: string;
}

interface Rule {
  severity?: string;
  parameters?: Record<string, number | string>;
}

const START = '<!-- alerts -->';
const END = '<!-- /alerts -->';
/** Of the burn rate alerts, one rule for each of `prometheusRule.slo.burnRates`. */
const BY_BURN_RATE = 'critical, warning';
const SEVERITIES = ['critical', BY_BURN_RATE, 'warning', 'none'];

/**
 * The list of alerts with its table renewed, sorted by severity.
 *
 * @param list the present list
 * @throws Error if the list has no place for the table
 */
export function alertsReadme(list: string, folders: readonly AlertFolder[]): string {
  const [before, rest] = list.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`no ${START} … ${END}`);
  const rows = folders
    .map(row)
    .toSorted((a, b) => SEVERITIES.indexOf(a[1]!) - SEVERITIES.indexOf(b[1]!));
  const head = ['alert', 'severity', 'description', 'parameters'];
  return `${before}${START}\n\n${markdownTable(head, rows, [...head.keys()])}\n\n${END}${after}`;
}

function row({ name, rule, runbook }: AlertFolder): string[] {
  const { severity = BY_BURN_RATE, parameters = {} } = parse(rule) as Rule;
  const [, , description = ''] = runbook.split('\n');
  const listed = Object.entries(parameters).map(([key, value]) => `${key}: ${value}`);
  return [
    `[${name}](${name}/runbook.md)`,
    severity,
    description,
    listed.length > 0 ? `\`${listed.join(', ')}\`` : '',
  ];
}
