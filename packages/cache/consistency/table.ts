import type { Outcome } from './run-scenario.ts';

const COLUMNS = [
  'scenario',
  'mode',
  'reads',
  'racy reads',
  'writes',
  'stale outside',
  'stale inside',
  'longest stale',
  'bound',
  'loads/expiry',
  'lost writes',
  'rules',
];

/** The outcomes as a Markdown table. */
export function formatTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ scenario, consistency, scan, loads, lostWrites, broken }) => [
    scenario,
    consistency,
    String(scan.reads),
    String(scan.racyReads),
    String(scan.acknowledged / 2),
    String(scan.staleOutside),
    String(scan.stale - scan.staleOutside),
    milliseconds(scan.longestStaleMs),
    milliseconds(scan.longestBehindMs),
    loads.loads === 0 ? '-' : loads.loadsPerExpiry.toFixed(2),
    String(lostWrites),
    broken.length === 0 ? 'kept' : 'broken',
  ]);
  const all = [COLUMNS, ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(COLUMNS), rule, ...rows.map(line)].join('\n');
}

/** The last line of a run: stale reads that nothing allows, the evidence, and the longest staleness after a commit or a healing. */
export function formatVerdict(outcomes: readonly Outcome[]): string {
  const stale = outcomes.reduce((sum, { scan }) => sum + scan.staleOutside, 0);
  const racyReads = outcomes.reduce((sum, { scan }) => sum + scan.racyReads, 0);
  const boundMs = Math.max(0, ...outcomes.map(({ scan }) => scan.longestBehindMs));
  return `stale=${stale} racy_reads=${racyReads} bound_s=${(boundMs / 1000).toFixed(2)}`;
}

/** The findings of a failed run. */
export function formatProblems({ scenario, consistency, broken, findings }: Outcome): string {
  const heading = `${scenario} (${consistency}): ${broken.join('; ')}`;
  return [heading, ...findings.slice(0, 10).map((finding) => `  ${finding}`)].join('\n');
}

function milliseconds(value: number): string {
  return value === 0 ? '0' : `${value.toFixed(0)} ms`;
}
