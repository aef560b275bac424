import { markdownTable } from '../../../kit/table.ts';
import type { Compared } from './compare.ts';
import type { CostlyPage } from './costly-page.ts';
import { loginFloodTable, type LoginFlood } from './login-flood.ts';
import type { Measurement } from './measure.ts';
import type { QueryCount } from './query-counts.ts';

export interface Report {
  posts: number;
  node: string;
  rounds: number;
  seconds: number;
  /** One table for each number of connections. */
  speed: SpeedTable[];
  /** The same page with a busy database. */
  underLoad: SpeedTable[];
  /** A page with a costly query, with a busy database. */
  costlyPages: CostlyPage[];
  loginFlood: LoginFlood;
  queries: QueryCount[];
}

export interface SpeedTable {
  connections: number;
  compared: Compared[];
}

/** The report as tables, for a terminal and for Markdown as well. */
export function formatReport(report: Report): string {
  const { posts, node, rounds, seconds, speed, underLoad, costlyPages, loginFlood, queries } =
    report;
  const count = posts.toLocaleString('en');
  const queryRows = queries.map(({ mix, requests, reads, selects }) => [
    mix,
    requests.toLocaleString('en'),
    ((selects / requests) * 1000).toFixed(1),
    `${((1 - selects / reads) * 100).toFixed(2)} %`,
  ]);
  return [
    '',
    `${count} posts, pages of 50, median of ${rounds} rounds of ${seconds} s, Node ${node}`,
    ...speed.flatMap((table) => ['', speedTable(`${table.connections} at a time`, table)]),
    ...underLoad.flatMap((table) => [
      '',
      speedTable(`${table.connections} at a time, a busy database`, table),
    ]),
    '',
    costlyTable(costlyPages),
    '',
    loginFloodTable(loginFlood),
    '',
    markdownTable(['mix', 'requests', 'SELECTs per 1,000 requests', 'SELECTs saved'], queryRows),
    '',
  ].join('\n');
}

/** Ratios are to the first row, and of the median latency to the last. */
function speedTable(title: string, { compared }: SpeedTable): string {
  const first = compared[0]!.measured;
  const last = compared.at(-1)!.measured;
  const rows = compared.map(({ name, measured }) => [
    name,
    Math.round(measured.requestsPerSecond).toLocaleString('en'),
    measured.p50Ms.toFixed(2),
    measured.p99Ms.toFixed(2),
    ratio(measured, first, 'requestsPerSecond'),
    `${ratio(last, measured, 'p50Ms')} ×`,
    String(measured.failures),
  ]);
  const head = ['requests/s', 'p50 ms', 'p99 ms', 'of the first', 'p50 of uncached', 'failed'];
  return markdownTable([title, ...head], rows);
}

function costlyTable(pages: readonly CostlyPage[]): string {
  return markdownTable(
    ['votes by author, a busy database', 'hit p50 ms', 'query p50 ms', 'hit faster by'],
    pages.map(({ clients, hit, miss }) => [
      `${clients} at a time`,
      (hit.p50Us / 1000).toFixed(2),
      (miss.p50Us / 1000).toFixed(2),
      `${Math.round(miss.p50Us / hit.p50Us)} ×`,
    ]),
  );
}

function ratio(a: Measurement, b: Measurement, of: 'requestsPerSecond' | 'p50Ms'): string {
  return (a[of] / b[of]).toFixed(2);
}
