import type { Settlement } from './statements.ts';

interface SettlementOptions {
  write(batch: readonly Settlement[]): Promise<void>;
  onError(error: unknown): void;
}

/** How long a settlement waits for others to share its statement with. */
const FLUSH_MS = 100;
const MAX_BATCH = 1000;
const MAX_PENDING = 10_000;

/** Settlements on their way to the database. */
export interface Settlements {
  /** Never throws. A settlement that is lost or refused makes its row be applied once more. */
  add(settlement: Settlement): void;
  /** Resolves when those added so far are written, or could not be. */
  flush(): Promise<void>;
}

/**
 * Collects settlements and writes them in batches, one statement at a time: a write's answer does
 * not wait for its mark, and a busy service does not send one for each write.
 */
export function createSettlements({ write, onError }: SettlementOptions): Settlements {
  const pending = new Map<string, Settlement>();
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | undefined;

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    flushing ??= writeAll().finally(() => {
      flushing = undefined;
      if (pending.size > 0) scheduleFlush();
    });
    return flushing;
  }

  async function writeAll(): Promise<void> {
    while (pending.size > 0) {
      const batch = [...pending.values().take(MAX_BATCH)];
      for (const { id } of batch) pending.delete(id);
      try {
        await write(batch);
      } catch (error) {
        // Not repeated: the rows are dispatched again, by a process that reaches the database.
        onError(error);
        return;
      }
    }
  }

  function scheduleFlush(): void {
    timer ??= setTimeout(() => void flush(), FLUSH_MS).unref();
  }

  return {
    add(settlement) {
      if (pending.size >= MAX_PENDING) return;
      pending.set(settlement.id, settlement);
      if (pending.size >= MAX_BATCH) void flush();
      else scheduleFlush();
    },
    flush,
  };
}
