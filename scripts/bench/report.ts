import type { Measurement } from './load.ts';
import type { QueryCount, Scenario } from './scenarios.ts';

export interface Report {
  posts: number;
  settings: { rounds: number; seconds: number; connections: number };
  node: string;
  speed: Record<Scenario, Measurement>;
  queries: QueryCount[];
}

/** The report as two tables for a terminal, and for Markdown as well. */
export function formatReport({ posts, settings, node, speed, queries }: Report): string {
  const { rounds, seconds, connections } = settings;
  const bare = speed['bare Koa'];
  const uncached = speed['uncached list'];
  const speedRows = Object.entries(speed).map(([name, measured]) => [
    name,
    Math.round(measured.requestsPerSecond).toLocaleString('en'),
    measured.p50Ms.toFixed(2),
    measured.p99Ms.toFixed(2),
    (measured.requestsPerSecond / bare.requestsPerSecond).toFixed(2),
    `${(uncached.p50Ms / measured.p50Ms).toFixed(1)} ×`,
    String(measured.failures),
  ]);
  const queryRows = queries.map(({ mix, requests, reads, selects }) => [
    mix,
    requests.toLocaleString('en'),
    ((selects / requests) * 1000).toFixed(1),
    `${((1 - selects / reads) * 100).toFixed(2)} %`,
  ]);
  return [
    '',
    `${posts.toLocaleString('en')} posts, pages of 50, ${connections} connections, ` +
      `median of ${rounds} rounds of ${seconds} s, Node ${node}`,
    '',
    table(
      ['', 'requests/s', 'p50 ms', 'p99 ms', 'of bare Koa', 'faster than uncached', 'failed'],
      speedRows,
    ),
    '',
    table(['mix', 'requests', 'SELECTs per 1,000 requests', 'SELECTs saved'], queryRows),
    '',
  ].join('\n');
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
