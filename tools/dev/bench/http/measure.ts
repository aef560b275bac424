import autocannon, { type Request, type Result } from 'autocannon';

import { createLatencies, type LatencySummary } from './latencies.ts';

/** A closed loop: each connection sends its next request once it has its answer. */
export interface Load {
  url: string;
  token: string;
  connections: number;
  seconds: number;
  /** Sent in turn, by each connection. Default: a GET of the URL itself. */
  requests?: Request[];
}

export interface Measurement extends LatencySummary {
  requestsPerSecond: number;
  /** Answers that were neither 2xx nor 3xx, and connections that broke. */
  failures: number;
}

/** Runs the loop, and measures every answer. */
export async function measure(load: Load): Promise<Measurement> {
  const { url, token, connections, seconds, requests } = load;
  // autocannon's own histogram counts whole milliseconds: too coarse for a cache hit.
  const latencies = createLatencies();
  const result = await new Promise<Result>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections,
        duration: seconds,
        headers: { authorization: `Bearer ${token}` },
        ...(requests && { requests }),
      },
      (error: unknown, ended) => (error ? reject(error) : resolve(ended)),
    );
    run.on('response', (_client, _status, _bytes, responseTimeMs) => {
      latencies.record(responseTimeMs);
    });
  });
  const summary = latencies.summary();
  return {
    ...summary,
    requestsPerSecond: summary.requests / result.duration,
    failures: result.non2xx + result.errors,
  };
}
