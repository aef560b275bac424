import {
  deleteInBatches,
  startCleanupJob,
  type CleanupJob,
} from '@relay/service-kit/postgres/cleanup-job';

/** Deletes expired rows of one table, at most `limit`. @returns the number of deleted rows */
export interface ExpiredSessions {
  /** Deletes the tokens of sessions that expired before this time. */
  deleteRefreshTokens(before: Date, limit: number): Promise<number>;
  /** Deletes sessions without tokens that expired before this time. */
  deleteSessions(before: Date, limit: number): Promise<number>;
}

export const CLEANED_TABLES = ['refresh_tokens', 'sessions'] as const;

export type CleanedTable = (typeof CLEANED_TABLES)[number];

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

/** For the difference between the clocks of pods, and for refreshes in progress. */
const MARGIN_MS = 60_000;

/** A batch of this size takes about ten milliseconds. */
const BATCH_ROWS = 1000;

/** Bounds one run; the next run deletes the rest. */
const MAX_BATCHES = 200;

/** Starts the periodic deletion of expired sessions and their refresh tokens. */
export function startSessionCleanup(options: SessionCleanupOptions): CleanupJob {
  const { expired, clock, random, periodMs = PERIOD_MS, onDeleted, onFailed } = options;
  const deletions = {
    refresh_tokens: expired.deleteRefreshTokens,
    sessions: expired.deleteSessions,
  } satisfies Record<CleanedTable, ExpiredSessions[keyof ExpiredSessions]>;

  return startCleanupJob({
    async run(signal) {
      const before = new Date(clock().getTime() - MARGIN_MS);
      for (const table of CLEANED_TABLES) {
        await deleteInBatches({
          deleteBatch: (limit) => deletions[table](before, limit),
          onDeleted: (rows) => onDeleted(table, rows),
          batchRows: BATCH_ROWS,
          maxBatches: MAX_BATCHES,
          signal,
        });
      }
    },
    onError: onFailed,
    periodMs,
    ...(random && { random }),
  });
}
