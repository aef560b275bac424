/** Deletes what has expired, at most `limit` rows of one table. @returns how many rows it deleted */
export interface ExpiredSessions {
  /** The tokens of sessions that have expired by `before`. */
  deleteRefreshTokens(before: Date, limit: number): Promise<number>;
  /** The sessions without tokens that have expired by `before`. */
  deleteSessions(before: Date, limit: number): Promise<number>;
}

export const CLEANED_TABLES = ['refresh_tokens', 'sessions'] as const;

export type CleanedTable = (typeof CLEANED_TABLES)[number];

export interface SessionCleanup {
  /** Resolves when no statement is under way any more. */
  stop(): Promise<void>;
}

interface SessionCleanupOptions {
  expired: ExpiredSessions;
  clock: () => Date;
  /** From 0 to 1. */
  random?: () => number;
  periodMs?: number;
  onDeleted: (table: CleanedTable, rows: number) => void;
  onFailed: (error: unknown) => void;
}

const PERIOD_MS = 10 * 60_000;

/** The clocks of two pods differ, and a refresh that began in time may still be under way. */
const MARGIN_MS = 60_000;

/** A statement of this size takes some ten milliseconds. */
const BATCH_ROWS = 1000;

/** The rest waits for the next pass, so that a pass ends. */
const MAX_BATCHES = 200;

/** Deletes expired sessions with their refresh tokens, in batches, from now on until it is stopped. */
export function startSessionCleanup(options: SessionCleanupOptions): SessionCleanup {
  const { clock, random = Math.random, periodMs = PERIOD_MS, onFailed } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let pass = Promise.resolve();
  let timer: NodeJS.Timeout;

  function schedule(): void {
    if (signal.aborted) return;
    // Half of it to one and a half times: pods that started together drift apart.
    timer = setTimeout(
      () => {
        const before = new Date(clock().getTime() - MARGIN_MS);
        pass = deleteAll({ ...options, before, signal })
          .catch(onFailed)
          .then(schedule);
      },
      periodMs * (0.5 + random()),
    );
    timer.unref();
  }

  schedule();
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await pass;
    },
  };
}

interface PassOptions extends Pick<SessionCleanupOptions, 'expired' | 'onDeleted'> {
  before: Date;
  signal: AbortSignal;
}

async function deleteAll({ expired, onDeleted, before, signal }: PassOptions): Promise<void> {
  const deletions = {
    refresh_tokens: () => expired.deleteRefreshTokens(before, BATCH_ROWS),
    sessions: () => expired.deleteSessions(before, BATCH_ROWS),
  } satisfies Record<CleanedTable, () => Promise<number>>;
  for (const table of CLEANED_TABLES) {
    for (let batch = 0; batch < MAX_BATCHES && !signal.aborted; batch += 1) {
      const rows = await deletions[table]();
      onDeleted(table, rows);
      if (rows < BATCH_ROWS) break;
    }
  }
}
