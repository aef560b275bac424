import type { Measurement } from './load.ts';
import type { Compared, QueryCount } from './scenarios.ts';

export interface Report {
  posts: number;
  node: string;
  rounds: number;
  seconds: number;
  /** One table for each number of connections. */
  speed: { connections: number; compared: Compared[] }[];
  queries: QueryCount[];
}

/** The report as tables, for a terminal and for Markdown as well. */
export function formatReport({ posts, node, rounds, seconds, speed, queries }: Report): string {
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
    ...speed.flatMap(({ connections, compared }) => ['', speedTable(connections, compared)]),
    '',
    table(['mix', 'requests', 'SELECTs per 1,000 requests', 'SELECTs saved'], queryRows),
    '',
  ].join('\n');
}

/** Ratios are to the first row, and of the median latency to the last. */
function speedTable(connections: number, compared: Compared[]): string {
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
  const head = ['requests/s', 'p50 ms', 'p99 ms', 'of bare Koa', 'p50 of uncached', 'failed'];
  return table([`${connections} at a time`, ...head], rows);
}

function ratio(a: Measurement, b: Measurement, of: 'requestsPerSecond' | 'p50Ms'): string {
  return (a[of] / b[of]).toFixed(2);
}

function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) =>
    i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
