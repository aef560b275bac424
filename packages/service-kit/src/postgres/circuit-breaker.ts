import { AsyncLocalStorage } from 'node:async_hooks';

import { within } from '../process/within.ts';
import { DatabaseAwayError } from './errors.ts';

export type DatabaseBreakerState = 'closed' | 'open' | 'half-open';

/** Refuses connections while the database is away. */
export interface DatabaseBreaker {
  readonly state: DatabaseBreakerState;
  /** How often it opened. A connection from before an opening may be dead. */
  readonly openings: number;
  /** Reports a failure that may mean that the database is away. A probe decides. */
  suspect(): void;
  /** Reports an answer of the server, be it an error. */
  answered(): void;
  /**
   * @param acquire asks the pool
   * @param release takes back a connection that came after the refusal
   * @throws DatabaseAwayError at once while not closed, and as soon as it opens
   */
  guard<T>(acquire: () => Promise<T>, release: (connection: T) => void): Promise<T>;
  /** Stops probing. */
  close(): void;
}

interface DatabaseBreakerOptions {
  /** Opens a connection of its own and sends a query. Has a time limit of its own. */
  probe: () => Promise<void>;
  /**
   * How long the probe after a suspicion is waited for, if nothing else answers. Less than its own
   * limit, which a slow server may need: the probes that follow find it.
   */
  suspicionMs: number;
  /** Between the starts of two probes while the database is away. */
  retryMs: number;
  onState?: (state: DatabaseBreakerState) => void;
  /** It opened, once for each outage. */
  onLost?: (error: DatabaseAwayError) => void;
}

/**
 * A circuit breaker (Nygard, *Release It!*, chapter 5) that no count of failures opens but a failed
 * probe: one broken connection, a full pool or a locked row only raise the suspicion, and the
 * probe, which needs no place in the pool, finds the database at work. While open it probes on a
 * timer, so that the database is found without traffic and no request pays for the attempt.
 */
export function createDatabaseBreaker(options: DatabaseBreakerOptions): DatabaseBreaker {
  const { probe, suspicionMs, retryMs, onState, onLost } = options;
  // Probes and log lines belong to no request: not to the one that raised the suspicion either.
  const outsideRequests = AsyncLocalStorage.snapshot();
  let state: DatabaseBreakerState = 'closed';
  let refusal: DatabaseAwayError | undefined;
  let openings = 0;
  let answers = 0;
  let suspected = false;
  let probes = 0;
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set<(error: DatabaseAwayError) => void>();

  function become(next: DatabaseBreakerState): void {
    if (state === next) return;
    state = next;
    onState?.(state);
  }

  function open(cause: unknown): void {
    openings += 1;
    // One error for all that are refused: no refusal captures a stack trace.
    refusal = new DatabaseAwayError(cause);
    become('open');
    onLost?.(refusal);
    timer = setInterval(() => void look(), retryMs).unref();
    for (const refuse of waiting) refuse(refusal);
    waiting.clear();
  }

  // Probes may overlap: a lost packet holds one up for its whole time limit.
  async function look(): Promise<void> {
    probes += 1;
    become('half-open');
    try {
      await probe();
      found();
    } catch (error) {
      // The cause may change: a server that starts refuses for other reasons than one that is gone.
      if (refusal !== undefined) refusal = new DatabaseAwayError(error);
    } finally {
      probes -= 1;
      if (probes === 0 && state === 'half-open') become('open');
    }
  }

  function found(): void {
    if (refusal === undefined) return;
    clearInterval(timer);
    refusal = undefined;
    become('closed');
  }

  async function decide(): Promise<void> {
    const answersBefore = answers;
    suspected = true;
    try {
      if (!(await within(suspicionMs, probe()))) throw new Error('timeout expired');
    } catch (error) {
      // A server that answers others is not away, whatever keeps it from a new connection.
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
      if (refusal === undefined && !suspected) void outsideRequests(decide);
    },
    answered() {
      answers += 1;
    },
    guard<T>(acquire: () => Promise<T>, release: (connection: T) => void) {
      if (refusal) return Promise.reject(refusal);
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
