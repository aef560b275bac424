/** Starts a stopwatch. It returns the elapsed time as text: `12.3 s`. */
export function stopwatch(): () => string {
  const startedAt = performance.now();
  return () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}
