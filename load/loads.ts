/**
 * How often a process has loaded `posts:all`, from its metrics. A load is stored once, and readers
 * that join it store nothing: `X-Cache: MISS` says which readers had to wait, not how many loads.
 */
export function loadsOf(metrics: string): number | undefined {
  const counts = metrics
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('cache_operation_duration_ms_count{') &&
        line.includes('operation="fill"') &&
        line.includes('key="posts:all"'),
    )
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}
