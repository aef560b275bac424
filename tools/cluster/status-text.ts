import { styleText } from 'node:util';

import { columns } from '../kit/table.ts';
import { isOver, isReady, type PodSummary } from './pods.ts';
import { withoutReport, type ClusterStatus, type Report } from './status.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The status for a terminal. */
export function describeStatus(status: ClusterStatus, now: Date): string {
  const { pods, reports } = status;
  const lasting = pods.filter((pod) => !isOver(pod));
  const ready = lasting.filter(isReady).length;
  const colour = ready === lasting.length ? 'green' : 'red';
  return [
    styleText(colour, `${ready} of ${lasting.length} pods are ready`),
    '',
    table([
      ['POD', 'READY', 'STATE', 'RESTARTS', 'AGE'],
      ...pods
        .toSorted(byComponent)
        .map((pod) => [
          pod.name,
          `${pod.readyContainers}/${pod.containers}`,
          pod.state,
          String(pod.restarts),
          pod.createdAt ? describeAge(now.getTime() - pod.createdAt.getTime()) : '',
        ]),
    ]),
    '',
    table([
      ['Cache', `${describeHits(reports)}${describeMissing(status)}`],
      ['Breaker', describeBreaker(reports)],
      ['Redis', describeRedis(reports)],
      ['Postgres', describePostgres(reports)],
    ]),
    ...describeKeys(reports),
  ].join('\n');
}

/** In the largest unit alone, as in kubectl. */
export function describeAge(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)}d`;
  if (ms >= 2 * HOUR_MS) return `${Math.floor(ms / HOUR_MS)}h`;
  if (ms >= 2 * MINUTE_MS) return `${Math.floor(ms / MINUTE_MS)}m`;
  return `${Math.max(0, Math.floor(ms / 1000))}s`;
}

function byComponent(a: PodSummary, b: PodSummary): number {
  return a.component.localeCompare(b.component) || a.name.localeCompare(b.name);
}

interface Sum {
  hits: number;
  misses: number;
}

/** The reads of each key in all pods. */
function sumByKey(reports: readonly Report[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const [key, { hits, misses }] of reports.flatMap(({ counters }) => [...counters])) {
    const sum = sums.get(key) ?? { hits: 0, misses: 0 };
    sums.set(key, { hits: sum.hits + hits, misses: sum.misses + misses });
  }
  return sums;
}

function rate({ hits, misses }: Sum): string {
  const reads = hits + misses;
  return reads === 0 ? 'no reads yet' : `${((hits / reads) * 100).toFixed(1)} %`;
}

function describeHits(reports: readonly Report[]): string {
  if (reports.length === 0) return UNKNOWN;
  const total = [...sumByKey(reports).values()].reduce(
    (sum, { hits, misses }) => ({ hits: sum.hits + hits, misses: sum.misses + misses }),
    { hits: 0, misses: 0 },
  );
  if (total.hits + total.misses === 0) return rate(total);
  return `${rate(total)} hits: ${count(total.hits)} of ${count(total.hits + total.misses)} reads since the pods started`;
}

/** Names the pods that the sum lacks. */
function describeMissing(status: ClusterStatus): string {
  const missing = withoutReport(status);
  if (missing.length === 0 || status.reports.length === 0) return '';
  return styleText('red', `, without ${missing.join(', ')}: no answer`);
}

function describeKeys(reports: readonly Report[]): string[] {
  const read = [...sumByKey(reports)].filter(([, { hits, misses }]) => hits + misses > 0);
  if (read.length === 0) return [];
  const rows = read.map(([key, sum]) => [key, count(sum.hits), count(sum.misses), rate(sum)]);
  return ['', table([['KEY', 'HITS', 'MISSES', 'HIT RATE'], ...rows])];
}

function describeBreaker(reports: readonly Report[]): string {
  const breakers = reports.flatMap(({ pod, health }) =>
    health.cache ? [{ pod, state: health.cache.breaker }] : [],
  );
  if (breakers.length === 0) return UNKNOWN;
  const others = breakers.filter(({ state }) => state !== 'closed');
  if (others.length === 0) return `closed in ${breakers.length} of ${breakers.length} pods`;
  return styleText('red', others.map(({ pod, state }) => `${state} in ${pod}`).join(', '));
}

function describeRedis(reports: readonly Report[]): string {
  const state = worst(reports, ({ health }) => health.redis === 'down');
  const { cache } =
    reports.map(({ health }) => health).find((health) => health.cache?.usedMemoryBytes != null) ??
    {};
  if (!cache) return state;
  const { usedMemoryBytes, maxMemoryBytes, keyCount, latencyMs } = cache;
  const memory = maxMemoryBytes
    ? `${mebibytes(usedMemoryBytes!)} of ${mebibytes(maxMemoryBytes)}`
    : `${mebibytes(usedMemoryBytes!)}, no limit`;
  const latency = latencyMs === null ? '' : `, answers in ${latencyMs.toFixed(1)} ms`;
  return `${state}, ${memory}, ${count(keyCount ?? 0)} keys${latency}`;
}

function describePostgres(reports: readonly Report[]): string {
  return worst(reports, ({ health }) => health.postgres === 'down');
}

const UNKNOWN = 'unknown: no service pod answers';

function worst(reports: readonly Report[], isDown: (report: Report) => boolean): string {
  if (reports.length === 0) return UNKNOWN;
  const down = reports.filter(isDown).map(({ pod }) => pod);
  if (down.length === 0) return 'up';
  return styleText('red', `down, as ${down.join(', ')} ${down.length === 1 ? 'sees' : 'see'} it`);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function table(rows: readonly (readonly string[])[]): string {
  return columns(rows)
    .map((line) => `  ${line}`)
    .join('\n');
}
