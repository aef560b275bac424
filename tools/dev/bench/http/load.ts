import { createHistogram } from 'node:perf_hooks';

import autocannon, { type Request, type Result } from 'autocannon';

/** What is asked, by how many at once, for how long. */
export interface Load {
  url: string;
  token: string;
  connections: number;
  seconds: number;
  /** Sent in turn, by each connection. Default: a GET of the URL itself. */
  requests?: Request[];
}

/** Latencies are in milliseconds. */
export interface Measurement {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  requests: number;
  /** Answers that were neither 2xx nor 3xx, and connections that broke. */
  failures: number;
}

const NS_PER_MS = 1e6;

/** Asks as fast as the answers come (a closed loop) and measures every one. */
export async function measure(load: Load): Promise<Measurement> {
  const { url, token, connections, seconds, requests } = load;
  // autocannon's own histogram counts whole milliseconds: too coarse for a cache hit.
  const latencies = createHistogram();
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
      latencies.record(Math.max(1, Math.round(responseTimeMs * NS_PER_MS)));
    });
  });
  return {
    requestsPerSecond: latencies.count / result.duration,
    p50Ms: latencies.percentile(50) / NS_PER_MS,
    p99Ms: latencies.percentile(99) / NS_PER_MS,
    requests: latencies.count,
    failures: result.non2xx + result.errors,
  };
}
