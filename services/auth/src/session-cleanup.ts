import { deleteInBatches, startUpkeep, type Upkeep } from '@relay/service-kit/process/upkeep';

/** Deletes what has expired, at most `limit` rows of one table. @returns how many rows it deleted */
export interface ExpiredSessions {
  /** The tokens of sessions that have expired by `before`. */
  deleteRefreshTokens(before: Date, limit: number): Promise<number>;
  /** The sessions without tokens that have expired by `before`. */
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

/** The clocks of two pods differ, and a refresh that began in time may still be under way. */
const MARGIN_MS = 60_000;

/** A statement of this size takes some ten milliseconds. */
const BATCH_ROWS = 1000;

/** The rest waits for the next pass, so that a pass ends. */
const MAX_BATCHES = 200;

/** Deletes expired sessions with their refresh tokens, in batches, from now on until it is stopped. */
export function startSessionCleanup(options: SessionCleanupOptions): Upkeep {
  const { expired, clock, random, periodMs = PERIOD_MS, onDeleted, onFailed } = options;
  const deletions = {
    refresh_tokens: expired.deleteRefreshTokens,
    sessions: expired.deleteSessions,
  } satisfies Record<CleanedTable, ExpiredSessions[keyof ExpiredSessions]>;

  return startUpkeep({
    async pass(signal) {
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
    everyMs: periodMs,
    ...(random && { random }),
  });
}
