import type { CacheHealth } from '../api.ts';
import type { Events } from '../observe/events.ts';
import type { CacheStore } from '../protocol/store.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { withDeadline } from './deadline.ts';

interface StoreHealthOptions {
  store: Pick<CacheStore, 'ping' | 'info'>;
  breaker: Pick<CircuitBreaker, 'state'>;
  events: Pick<Events, 'on'>;
  timeoutMs: number;
}

export interface StoreHealth {
  /** Never rejects. */
  check(): Promise<Pick<CacheHealth, 'status' | 'latencyMs' | 'store' | 'error'>>;
  close(): void;
}

/**
 * The state of the store as reads and writes experience it: down while the breaker refuses them,
 * though the store may answer a ping; up if it answers, though it may not report its memory.
 */
export function createStoreHealth(options: StoreHealthOptions): StoreHealth {
  const { store, breaker, events, timeoutMs } = options;
  let lostBecause: Error | null = null;
  const stop = events.on((event) => {
    if (event.type === 'store-down') lostBecause = event.error;
    if (event.type === 'store-up') lostBecause = null;
  });

  return {
    async check() {
      const startedAt = performance.now();
      const ping = withDeadline(store.ping(), timeoutMs).then(
        () => ({ latencyMs: performance.now() - startedAt, error: null }),
        (error: Error) => ({ latencyMs: null, error }),
      );
      const info = withDeadline(store.info(), timeoutMs).catch(() => null);
      const [{ latencyMs, error }, report] = await Promise.all([ping, info]);
      const fault = breaker.state === 'closed' ? error : (lostBecause ?? error);
      const isUp = breaker.state === 'closed' && error === null;
      return { status: isUp ? 'up' : 'down', latencyMs, store: report, error: fault };
    },
    close: stop,
  };
}
