import { markdownTable } from '../../../kit/table.ts';
import { CONTENDERS, type AnswerForm } from './contenders/contenders.ts';
import type { CacheResults, HerdResult, HitsCell, OutageResult, TagsResult } from './results.ts';
import type { Measured } from './rounds.ts';

/** The results as Markdown. */
export function formatCacheReport(results: CacheResults): string {
  const { node, redis, cpus, rounds, milliseconds } = results;
  const sections = [
    `Node ${node}, Redis ${redis}, ${cpus}; median of ${rounds} rounds of ${milliseconds} ms, contenders in turn`,
    ...(results.hits
      ? [
          targets(results.hits),
          ...results.hits.map((cell) => speedTable(hitTitle(cell), cell.measured)),
        ]
      : []),
    ...(results.local ?? []).map((cell) => localTable(cell)),
    ...(results.misses ?? []).map((cell) =>
      speedTable(`miss, ${sizeOf(cell.sizeBytes)}, ${cell.concurrency} at a time`, cell.measured),
    ),
    ...(results.allocations ? [allocationsTable(results.allocations)] : []),
    ...(results.many ? [manyTable(results.many)] : []),
    ...(results.herd ?? []).map((herd) => herdTable(herd)),
    ...(results.tags ? [tagsTable(results.tags)] : []),
    ...(results.races ? [racesTable(results.races)] : []),
    ...(results.outage ? [outageTable(results.outage)] : []),
  ];
  return ['', ...sections.flatMap((section) => [section, ''])].join('\n');
}

const OURS = '@relay/cache getBytes';
const RAW = 'ioredis getBuffer';

/** getBytes against getBuffer: the ratios with a limit in the design. */
function targets(cells: HitsCell[]): string {
  const rows = cells.flatMap(({ sizeBytes, concurrency, hot, measured }) => {
    const [ours, raw] = [measured[OURS], measured[RAW]];
    if (!ours || !raw) return [];
    return [
      [
        `${sizeOf(sizeBytes)}, ${concurrency} at a time${hot ? ', one key' : ''}`,
        (ours.p50Us / raw.p50Us).toFixed(2),
        (ours.p99Us / raw.p99Us).toFixed(2),
        (ours.operationsPerSecond / raw.operationsPerSecond).toFixed(2),
        (ours.cpuUsPerOperation / raw.cpuUsPerOperation).toFixed(2),
      ],
    ];
  });
  return markdownTable(['getBytes of getBuffer', 'p50 (1.10)', 'p99 (1.15)', 'ops/s', 'CPU'], rows);
}

function speedTable(title: string, measured: Record<string, Measured>): string {
  const rows = Object.entries(measured).map(([name, round]) => {
    const base = measured[baselineOf(name)];
    const ratio = (figure: keyof Measured) =>
      base ? (round[figure] / base[figure]).toFixed(2) : '';
    return [
      name,
      whole(round.operationsPerSecond),
      round.p50Us.toFixed(1),
      round.p99Us.toFixed(1),
      round.cpuUsPerOperation.toFixed(1),
      ratio('p50Us'),
      ratio('p99Us'),
      whole(round.loads),
    ];
  });
  const head = ['ops/s', 'p50 µs', 'p99 µs', 'CPU µs'];
  return markdownTable([title, ...head, 'p50 of raw', 'p99 of raw', 'loads'], rows);
}

/** Raw ioredis of the same form: bytes, or a parsed object. */
function baselineOf(name: string): string {
  const form: AnswerForm = CONTENDERS.find((entry) => entry.name === name)?.form ?? 'object';
  return CONTENDERS.find((entry) => entry.baseline && entry.form === form)!.name;
}

function hitTitle({ sizeBytes, concurrency, hot }: HitsCell): string {
  return `hit, ${sizeOf(sizeBytes)}, ${concurrency} at a time${hot ? ', one key' : ''}`;
}

function allocationsTable(cells: NonNullable<CacheResults['allocations']>): string {
  const names = Object.keys(cells[0]?.measured ?? {});
  const rows = names.map((name) => [
    name,
    ...cells.map(({ measured }) => (measured[name]! / 1024).toFixed(1)),
  ]);
  const head = cells.map(({ sizeBytes }) => `KB, ${sizeOf(sizeBytes)}`);
  return markdownTable(['allocated by a hit, 64 at a time', ...head], rows);
}

function localTable({ hot, measured }: HitsCell): string {
  const rows = Object.entries(measured).map(([name, round]) => [
    name,
    whole(round.operationsPerSecond),
    (round.p50Us * 1000).toFixed(0),
    (round.p99Us * 1000).toFixed(0),
    (round.cpuUsPerOperation * 1000).toFixed(0),
  ]);
  const title = `hit in the process, 2 KB${hot ? ', one key' : ''}`;
  return markdownTable([title, 'ops/s', 'p50 ns', 'p99 ns (of 100)', 'CPU ns'], rows);
}

function manyTable({ count, measured }: NonNullable<CacheResults['many']>): string {
  const named = Object.fromEntries(
    Object.entries(measured).map(([name, round]) => {
      const many = CONTENDERS.find((entry) => entry.name === name)?.many;
      return [many ? name : `${name}, one by one`, round];
    }),
  );
  const rows = Object.entries(named).map(([name, round]) => [
    name,
    whole(round.operationsPerSecond),
    round.p50Us.toFixed(0),
    round.p99Us.toFixed(0),
    round.cpuUsPerOperation.toFixed(0),
  ]);
  return markdownTable(
    [`${count} hits in one call, 2 KB`, 'calls/s', 'p50 µs', 'p99 µs', 'CPU µs'],
    rows,
  );
}

function herdTable({ processes, readers, loadMs, measured }: HerdResult): string {
  const rows = Object.entries(measured).map(([name, herd]) => [
    name,
    String(herd.loads),
    herd.p50Ms.toFixed(1),
    herd.p99Ms.toFixed(1),
    String(herd.failures),
  ]);
  const where = processes === 1 ? 'one process' : `${processes} processes`;
  const title = `${whole(readers)} readers of a cold key, ${where}, load of ${loadMs} ms`;
  return markdownTable([title, 'loads', 'p50 ms', 'p99 ms', 'failed'], rows);
}

function tagsTable({ keys, measured }: TagsResult): string {
  const rows = Object.entries(measured).map(
    ([name, { invalidatedMs, stale, sampled, hitP50Us }]) => [
      name,
      invalidatedMs.toFixed(2),
      `${stale} of ${sampled}`,
      hitP50Us.toFixed(1),
    ],
  );
  const title = `invalidation of a tag with ${whole(keys)} keys`;
  return markdownTable([title, 'ms', 'stale afterwards', 'p50 µs of a tagged hit'], rows);
}

function racesTable({ trials, measured }: NonNullable<CacheResults['races']>): string {
  const rows = Object.entries(measured).map(([name, stale]) => [name, `${stale} of ${trials}`]);
  return markdownTable(['a write while an older read loads', 'stale afterwards'], rows);
}

function outageTable({ measured }: OutageResult): string {
  const rows = Object.entries(measured).map(([name, { during, after }]) => [
    name,
    during.firstMs === null ? 'none' : during.firstMs.toFixed(0),
    whole(during.answered),
    String(during.failed),
    String(during.hung),
    during.p99Ms === null ? '' : during.p99Ms.toFixed(0),
    String(after.stale),
    String(after.unanswered),
  ]);
  const head = ['first read, ms', 'answered', 'failed', 'hung', 'p99 ms'];
  return markdownTable(['Redis black-holed', ...head, 'stale 2 s after', 'unanswered'], rows);
}

function sizeOf(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${Math.round(bytes / 1024)} KB`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
