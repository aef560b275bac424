import { AsyncLocalStorage } from 'node:async_hooks';

import type { BreakerState } from '../metrics/postgres-breaker.ts';
import { settlesWithin } from '../process/deadline.ts';
import { DatabaseAwayError } from './errors.ts';

/** Rejects connection requests while the database is unreachable. */
export interface DatabaseBreaker {
  readonly state: BreakerState;
  /** The number of openings. A connection opened before the last one may be dead. */
  readonly openings: number;
  /** Reports a failure that may be an outage. A probe decides. */
  suspect(): void;
  /** Reports a response of the server, errors included. */
  answered(): void;
  /**
   * @param acquire takes a connection from the pool
   * @param release returns a connection that arrived after the rejection
   * @throws DatabaseAwayError immediately while the breaker is not closed, and as soon as it opens
   */
  guard<T>(acquire: () => Promise<T>, release: (connection: T) => void): Promise<T>;
  /** Stops probing. */
  close(): void;
}

interface DatabaseBreakerOptions {
  /** Opens a separate connection and sends a query. Has its own time limit. */
  probe: () => Promise<void>;
  /**
   * How long to wait for the first probe before the breaker opens. Less than the probe's own limit: a slow
   * server is found by the probes that follow.
   */
  suspicionMs: number;
  /** The interval between probes while the breaker is open. */
  retryMs: number;
  onState?: (state: BreakerState) => void;
  /** Called once per outage. */
  onLost?: (error: DatabaseAwayError) => void;
}

/**
 * Creates a circuit breaker (Nygard, *Release It!*, chapter 5) that opens on a failed probe, not on a count
 * of failures: a broken connection, a full pool or a locked row triggers a probe, which uses a connection
 * outside of the pool. While open, the breaker probes on a timer, so it closes without traffic and no
 * request waits for the attempt.
 */
export function createDatabaseBreaker(options: DatabaseBreakerOptions): DatabaseBreaker {
  const { probe, suspicionMs, retryMs, onState, onLost } = options;
  // Probes and their log lines must not carry the trace of the request that triggered them.
  const outsideRequests = AsyncLocalStorage.snapshot();
  let state: BreakerState = 'closed';
  let rejection: DatabaseAwayError | undefined;
  let openings = 0;
  let answers = 0;
  let suspected = false;
  let probes = 0;
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set<(error: DatabaseAwayError) => void>();

  function become(next: BreakerState): void {
    if (state === next) return;
    state = next;
    onState?.(state);
  }

  function open(cause: unknown): void {
    openings += 1;
    // One error for all rejections: no request pays for a stack trace.
    rejection = new DatabaseAwayError(cause);
    become('open');
    onLost?.(rejection);
    timer = setInterval(() => void retry(), retryMs).unref();
    for (const reject of waiting) reject(rejection);
    waiting.clear();
  }

  // Probes may overlap: a lost packet delays one for its whole time limit.
  async function retry(): Promise<void> {
    probes += 1;
    become('half-open');
    try {
      await probe();
      recover();
    } catch (error) {
      // The cause may change: a starting server rejects for other reasons than a stopped one.
      if (rejection !== undefined) rejection = new DatabaseAwayError(error);
    } finally {
      probes -= 1;
      if (probes === 0 && state === 'half-open') become('open');
    }
  }

  function recover(): void {
    if (rejection === undefined) return;
    clearInterval(timer);
    rejection = undefined;
    become('closed');
  }

  async function confirm(): Promise<void> {
    const answersBefore = answers;
    suspected = true;
    try {
      if (!(await settlesWithin(suspicionMs, probe()))) throw new Error('timeout expired');
    } catch (error) {
      // A server that answers other statements is reachable, even if it accepts no new connection.
      if (answers === answersBefore && suspected) open(error);
    } finally {
      suspected = false;
    }
  }

  return {
    get state() {
      return state;
    },
    get openings() {
      return openings;
    },
    suspect() {
      if (rejection === undefined && !suspected) void outsideRequests(confirm);
    },
    answered() {
      answers += 1;
    },
    guard<T>(acquire: () => Promise<T>, release: (connection: T) => void) {
      if (rejection) return Promise.reject(rejection);
      return new Promise<T>((resolve, reject) => {
        waiting.add(reject);
        acquire().then(
          (connection) => (waiting.delete(reject) ? resolve(connection) : release(connection)),
          (error: unknown) => {
            waiting.delete(reject);
            reject(error);
          },
        );
      });
    },
    close() {
      clearInterval(timer);
      suspected = false;
    },
  };
}
