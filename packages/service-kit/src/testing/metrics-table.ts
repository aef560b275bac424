import { readFileSync } from 'node:fs';

import { expose } from '../metrics/exposition.ts';
import type { Metrics } from '../metrics/metrics.ts';

const DOCUMENT = new URL('../../../../docs/metrics.md', import.meta.url);

/** One metric in a comparable form: `http_requests_total counter method,route,status`. */
type Description = string;

/** The metrics of a service in `docs/metrics.md`, sorted. */
export function documentedMetrics(service: 'auth' | 'post' | 'web'): Description[] {
  const rows = readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .filter((line) => /^\| `\w+` +\| (counter|gauge|histogram) /.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return rows
    .filter(([, , , , of]) => of === 'all' || of!.split(', ').includes(service))
    .filter(([, , , , , meaning]) => isOfThisPlatform(meaning!))
    .map(([, name, type, labels]) =>
      describe(unquoted(name!), type!, unquoted(labels!).split(', ')),
    )
    .sort();
}

/** Scrapes the metrics in the Prometheus text format. */
export async function scrape({ registry }: Pick<Metrics, 'registry'>): Promise<string> {
  const { text } = await expose(registry, '');
  return text;
}

/** The series of a scrape with their values. */
export function seriesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** The metrics of a scrape in the Prometheus text format, as in `documentedMetrics`, sorted. */
export function exposedMetrics(text: string): Description[] {
  return [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)]
    .map(([, name, type]) => describe(name!, type!, labelsOf(text, name!)))
    .sort();
}

function describe(name: string, type: string, labels: readonly string[]): Description {
  return [name, type, labels.toSorted().join(',')].join(' ').trim();
}

function labelsOf(text: string, name: string): string[] {
  const sample = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? \\S+$`, 'm').exec(text);
  if (!sample) throw new Error(`${name} has no series`);
  return [...(sample[1] ?? '').matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label]) => label!);
}

function unquoted(cell: string): string {
  return cell.replaceAll('`', '');
}

function isOfThisPlatform(meaning: string): boolean {
  return process.platform === 'linux' || !meaning.endsWith('on Linux only');
}
