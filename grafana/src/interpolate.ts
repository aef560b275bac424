/** Where and when a dashboard is looked at. */
export interface View {
  /** Chosen values; of several, Grafana makes `(a|b)`. */
  variables: Record<string, string | readonly string[]>;
  rangeSeconds: number;
  /** How often Prometheus scrapes, as the data source of Grafana has it. */
  scrapeSeconds: number;
  /** As many as a panel has pixels. */
  maxDataPoints: number;
}

// Grafana's: an interval below the first number becomes the second.
const NICE: [belowSeconds: number, seconds: number][] = [
  [1.5, 1],
  [3.5, 2],
  [7.5, 5],
  [12.5, 10],
  [17.5, 15],
  [25, 20],
  [45, 30],
  [90, 60],
  [210, 120],
  [450, 300],
  [750, 600],
  [1050, 900],
  [1500, 1200],
  [2700, 1800],
  [5400, 3600],
  [9000, 7200],
  [16_200, 10_800],
  [32_400, 21_600],
  [86_400, 43_200],
];
const DAY = 86_400;

/** The time between two points of a panel: `$__interval`. */
export function intervalSeconds({ rangeSeconds, scrapeSeconds, maxDataPoints }: View): number {
  const wanted = rangeSeconds / maxDataPoints;
  const [, nice] = NICE.find(([below]) => wanted < below) ?? [0, DAY];
  return Math.max(nice, scrapeSeconds);
}

/**
 * A query as Grafana sends it to Prometheus: the variables of the dashboard and its own filled in.
 *
 * @throws Error for a variable that there is not
 */
export function interpolate(text: string, view: View): string {
  const interval = intervalSeconds(view);
  const rateInterval = Math.max(interval + view.scrapeSeconds, 4 * view.scrapeSeconds);
  const variables: View['variables'] = {
    ...view.variables,
    __interval: `${interval}s`,
    __interval_ms: `${interval * 1000}`,
    __rate_interval: `${rateInterval}s`,
    __range: `${view.rangeSeconds}s`,
    __range_s: `${view.rangeSeconds}`,
    __range_ms: `${view.rangeSeconds * 1000}`,
  };
  return text.replaceAll(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (written, braced, bare) => {
    const value = variables[(braced ?? bare) as string];
    if (value === undefined) throw new Error(`The dashboard has no variable ${written}`);
    return typeof value === 'string' ? value : `(${value.join('|')})`;
  });
}
