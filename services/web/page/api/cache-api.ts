import type { Send } from './transport.ts';

/** The state and the counters of one process of the post service, since its start. */
export interface CacheStatus {
  /** The random id of the process. */
  process: string;
  store: 'redis' | 'memory';
  /** While `away`, reads go to Postgres. */
  state: 'up' | 'away';
  hits: number;
  misses: number;
  /** Reads without a read of Postgres of their own. */
  readsSaved: number;
  /** Committed writes with a pending invalidation. */
  outbox: { rows: number; oldestSeconds: number } | null;
}

export interface CacheApi {
  /** @throws ApiError, NetworkError */
  status(): Promise<CacheStatus>;
  /**
   * Stops Redis for a time; only under `npm start`.
   *
   * @throws ApiError with 409 while it is stopped, NetworkError
   */
  cut(seconds: number): Promise<void>;
}

/** @param send with the access token */
export function createCacheApi(sendAnonymously: Send, send: Send): CacheApi {
  return {
    status: () => send({ method: 'GET', path: '/api/posts/cache', unlogged: true }),
    cut: (seconds) =>
      sendAnonymously({ method: 'POST', path: '/api/dev/cache-outage', body: { seconds } }),
  };
}
