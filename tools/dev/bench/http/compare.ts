import { medianRound } from '../median.ts';
import { measure, type Measurement } from './measure.ts';

/** A cursor after every post: the first page, and uncached, as every page of a cursor. */
const FROM_THE_FUTURE = '9999-12-31T23:59:59.999Z_ffffffff-ffff-7fff-bfff-ffffffffffff';

interface SpeedOptions {
  urls: {
    /** Koa alone. */
    bare: string;
    /** A service's middleware without token and cache. */
    service: string;
    relay: string;
    /** Relay that logs nothing below `warn`. */
    quiet: string;
    /** The same with an in-process tier. */
    local: string;
  };
  token: string;
  rounds: number;
  /** The length of one round. */
  seconds: number;
  connections: number;
}

export interface Compared {
  name: string;
  measured: Measurement;
}

/** Compares the first page, cached and not, with a bare Koa that sends the same bytes. */
export async function compareSpeed(options: SpeedOptions): Promise<Compared[]> {
  const { urls } = options;
  return compare(options, [
    { name: 'bare Koa, the same bytes', url: urls.bare },
    { name: "a service's middleware, the same bytes", url: `${urls.service}/api/posts` },
    { name: 'cached list', url: `${urls.relay}/api/posts` },
    { name: 'cached list, LOG_LEVEL=warn', url: `${urls.quiet}/api/posts` },
    { name: 'cached list, in-process tier, LOG_LEVEL=warn', url: `${urls.local}/api/posts` },
    { name: 'uncached list', url: `${urls.relay}/api/posts?cursor=${FROM_THE_FUTURE}` },
  ]);
}

/** The same page while the database is busy. */
export async function compareUnderLoad(options: SpeedOptions): Promise<Compared[]> {
  const { urls } = options;
  return compare(options, [
    { name: 'cached list', url: `${urls.relay}/api/posts` },
    { name: 'uncached list', url: `${urls.relay}/api/posts?cursor=${FROM_THE_FUTURE}` },
  ]);
}

/** Measures the URLs in turn, round after round, and takes each one's median round. */
async function compare(
  { rounds, seconds, connections, token }: SpeedOptions,
  urls: { name: string; url: string }[],
): Promise<Compared[]> {
  const all = urls.map((one) => ({ ...one, results: new Array<Measurement>() }));
  for (const { url } of all) await measure({ url, token, connections, seconds: 2 });
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`${connections} at a time, round ${round} of ${rounds}`);
    for (const { url, results } of all) {
      results.push(await measure({ url, token, connections, seconds }));
    }
  }
  return all.map(({ name, results }) => ({
    name,
    measured: medianRound(results, ({ requestsPerSecond }) => requestsPerSecond),
  }));
}
