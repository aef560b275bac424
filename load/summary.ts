import { grouped, markdownTable, percent } from '../tools/kit/table.ts';
import { CACHE_ANSWERS } from './calls.ts';
import { rateAt, stressStages } from './plans.ts';
import type { Settings } from './settings.ts';
import { PREPARATION } from './thresholds.ts';

/** The argument of k6's `handleSummary`, as far as it is used here. */
export interface Summary {
  metrics: Record<string, Metric>;
  root_group?: { checks: { name: string; passes: number; fails: number }[] };
  state: { testRunDurationMs: number };
}

interface Metric {
  values: Record<string, number>;
  thresholds?: Record<string, { ok: boolean }>;
}

/** A run in a few lines, for a terminal and for Markdown as well. */
export function formatSummary(settings: Settings, summary: Summary): string {
  const { metrics, state } = summary;
  const seconds = state.testRunDurationMs / 1000;
  const checked = checkedThresholds(metrics);
  const failed = checked.filter(({ ok }) => !ok).length;
  return [
    '',
    `${settings.scenario}: ${seconds.toFixed(0)} s against ${settings.baseUrl}${sizeOf(settings)}`,
    '',
    callsTable(metrics, seconds),
    '',
    cacheLine(metrics),
    ...herdLine(metrics),
    ...stressLine(settings, seconds, failed > 0),
    '',
    thresholdsTable(checked),
    ...failedChecks(summary),
    '',
    failed === 0 ? 'Passed.' : `FAILED: ${failed} of ${checked.length} thresholds.`,
  ].join('\n');
}

function sizeOf({ rate, clients }: Settings): string {
  if (rate > 0) return `, up to ${grouped(rate)} requests/s`;
  return clients > 1 ? `, ${grouped(clients)} clients` : '';
}

const HEAD = ['call', 'requests', 'per s', 'p50 ms', 'p95 ms', 'p99 ms', 'failed', 'hits'];

const prepares = (name: string) => Number(PREPARATION.some((call) => call === name));

function callsTable(metrics: Summary['metrics'], seconds: number): string {
  const names = Object.keys(metrics).flatMap((metric) => {
    const name = /^http_reqs\{name:(.*)\}$/.exec(metric)?.[1];
    return name && metrics[metric]!.values['count'] ? [name] : [];
  });
  const row = (title: string, tag: string) => {
    const count = metrics[`http_reqs${tag}`]?.values['count'] ?? 0;
    const times = metrics[`http_req_duration${tag}`]?.values ?? {};
    const failed = metrics[`http_req_failed${tag}`]?.values ?? {};
    const hits = metrics[`cache_hits${tag}`]?.values;
    return [
      title,
      grouped(count),
      (count / seconds).toFixed(1),
      ...['med', 'p(95)', 'p(99)'].map((stat) => (times[stat] ?? 0).toFixed(1)),
      // A Rate's passes are its true values: here, the requests that failed.
      grouped(failed['passes'] ?? 0),
      percent(hits && hits['passes']! + hits['fails']! > 0 ? hits['rate'] : undefined),
    ];
  };
  const requests = (name: string) => metrics[`http_reqs{name:${name}}`]!.values['count']!;
  names.sort((a, b) => prepares(a) - prepares(b) || requests(b) - requests(a));
  return markdownTable(HEAD, [...names.map((name) => row(name, `{name:${name}}`)), row('all', '')]);
}

function cacheLine(metrics: Summary['metrics']): string {
  const counts = CACHE_ANSWERS.map((answer) => {
    const count = metrics[`cache_answers{cache:${answer}}`]?.values['count'] ?? 0;
    return `${answer} ${grouped(count)}`;
  });
  return `X-Cache: ${counts.join(', ')}`;
}

function herdLine(metrics: Summary['metrics']): string[] {
  const loads = metrics['loads_per_expiry']?.values;
  if (!loads?.['count']) return [];
  const misses = metrics['cache_answers{cache:MISS}']?.values['count'] ?? 0;
  const average = loads['avg']!.toFixed(2);
  return [
    `Expiries: ${loads['count']}; loads for each: ${average} on average, ${loads['max']} at most; ` +
      `clients that met the expired key: ${grouped(misses / loads['count'])} each time`,
  ];
}

function stressLine(
  { scenario, rate, seconds: planned }: Settings,
  seconds: number,
  gaveWay: boolean,
) {
  if (scenario !== 'stress') return [];
  const reached = grouped(rateAt(stressStages(rate, planned), seconds));
  return [
    gaveWay
      ? `Gave way at about ${reached} requests/s.`
      : `Did not give way: try more than ${grouped(rate)} requests/s.`,
  ];
}

interface Checked {
  metric: string;
  rule: string;
  ok: boolean;
  value: number | undefined;
}

function checkedThresholds(metrics: Summary['metrics']): Checked[] {
  return Object.entries(metrics).flatMap(([metric, { values, thresholds = {} }]) =>
    Object.entries(thresholds).map(([rule, { ok }]) => {
      const stat = /^[a-z]+(?:\([\d.]+\))?/.exec(rule)?.[0] ?? '';
      return { metric, rule, ok, value: values[stat] };
    }),
  );
}

function failedChecks({ root_group: root }: Summary): string[] {
  const failed = root?.checks.filter(({ fails }) => fails > 0) ?? [];
  const lines = failed.map(
    ({ name, passes, fails }) => `  ${name}: failed ${fails} of ${passes + fails} times`,
  );
  return lines.length === 0 ? [] : ['', 'Checks that failed:', ...lines];
}

/** Each rule, failed ones first. A passed rule on the mere presence of a call is left out. */
function thresholdsTable(checked: Checked[]): string {
  const shown = checked.filter(({ rule, ok }) => rule !== 'count>0' || !ok);
  const rows = shown
    .sort((a, b) => Number(a.ok) - Number(b.ok))
    .map(({ metric, rule, ok, value }) => [
      metric,
      rule,
      value === undefined ? '-' : String(Number(value.toFixed(4))),
      ok ? 'ok' : 'FAILED',
    ]);
  return markdownTable(['threshold', 'rule', 'measured', 'result'], rows);
}
