import {
  deleteInBatches,
  startCleanupJob,
  type CleanupJob,
} from '@relay/service-kit/postgres/cleanup-job';

/** Deletes expired rows of one table, at most `limit`. @returns the number of deleted rows */
export interface ExpiredRows {
  /** Deletes the tokens of sessions that expired before this time. */
  deleteRefreshTokens(before: Date, limit: number): Promise<number>;
  /** Deletes sessions without tokens that expired before this time. */
  deleteSessions(before: Date, limit: number): Promise<number>;
  /** Deletes the records of users who were removed before this time. */
  deleteRemovedUsers(before: Date, limit: number): Promise<number>;
}

export const CLEANED_TABLES = ['refresh_tokens', 'sessions', 'removed_users'] as const;

export type CleanedTable = (typeof CLEANED_TABLES)[number];

interface CleanupOptions {
  expired: ExpiredRows;
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

/** How long a service that keeps data of users may be away, or how old a restored backup of its data may be. */
const REMOVED_USERS_KEPT_MS = 90 * 86_400_000;

/** A batch of this size takes about ten milliseconds. */
const BATCH_ROWS = 1000;

/** Bounds one run; the next run deletes the rest. */
const MAX_BATCHES = 200;

/** Starts the periodic deletion of expired sessions, their refresh tokens, and old records of removed users. */
export function startCleanup(options: CleanupOptions): CleanupJob {
  const { expired, clock, random, periodMs = PERIOD_MS, onDeleted, onFailed } = options;
  const deletions = {
    refresh_tokens: expired.deleteRefreshTokens,
    sessions: expired.deleteSessions,
    removed_users: expired.deleteRemovedUsers,
  } satisfies Record<CleanedTable, ExpiredRows[keyof ExpiredRows]>;
  const keptMs: Readonly<Record<CleanedTable, number>> = {
    refresh_tokens: MARGIN_MS,
    sessions: MARGIN_MS,
    removed_users: REMOVED_USERS_KEPT_MS,
  };

  return startCleanupJob({
    async run(signal) {
      const nowMs = clock().getTime();
      for (const table of CLEANED_TABLES) {
        const before = new Date(nowMs - keptMs[table]);
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
