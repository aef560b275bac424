/**
 * How often a process has loaded `posts:all`, from its metrics. Readers that share a load are answered
 * `X-Cache: MISS` too, so their number says nothing about loads.
 */
export function loadsOf(metrics: string): number | undefined {
  const counts = metrics
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('cache_load_duration_seconds_count{') && line.includes('key="posts:all"'),
    )
    .map((line) => Number(line.slice(line.lastIndexOf(' '))));
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}
