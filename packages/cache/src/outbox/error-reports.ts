/** One report in this time. An outage fails several times a second, all for the same reason. */
const REPORT_INTERVAL_MS = 10_000;

/** Passes on the first error, and after that at most one in ten seconds. */
export function createErrorReports(
  report: (error: unknown) => void,
  now: () => number,
): (error: unknown) => void {
  let nextAt = -Infinity;
  return (error) => {
    if (now() < nextAt) return;
    nextAt = now() + REPORT_INTERVAL_MS;
    report(error);
  };
}
