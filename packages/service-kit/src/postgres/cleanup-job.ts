interface CleanupJobOptions {
  /** Performs one run. Must end early when `signal` is aborted. */
  run: (signal: AbortSignal) => Promise<void>;
  onError: (error: unknown) => void;
  /** The mean pause between runs. */
  periodMs: number;
  /** From 0 to 1, for jitter: pods that start together must not run together. */
  random?: () => number;
}

export interface CleanupJob {
  /** Resolves when the current run has ended. */
  stop(): Promise<void>;
}

/** Runs a cleanup periodically in the background. The first run starts after a period. */
export function startCleanupJob(options: CleanupJobOptions): CleanupJob {
  const { run, onError, periodMs, random = Math.random } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  function schedule(): void {
    if (signal.aborted) return;
    const begin = () => (running = run(signal).catch(onError).then(schedule));
    timer = setTimeout(begin, periodMs * (0.5 + random())).unref();
  }

  schedule();
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}

interface DeletionOptions {
  /** Deletes at most `limit` rows and returns their number. */
  deleteBatch: (limit: number) => Promise<number>;
  /** Called after each batch. */
  onDeleted: (rows: number) => void;
  batchRows: number;
  /** Bounds one call; the rest is deleted by the next. */
  maxBatches: number;
  signal: AbortSignal;
}

/** Deletes in batches until one is not full. */
export async function deleteInBatches(options: DeletionOptions): Promise<void> {
  const { deleteBatch, onDeleted, batchRows, maxBatches, signal } = options;
  for (let batch = 0; batch < maxBatches && !signal.aborted; batch += 1) {
    const rows = await deleteBatch(batchRows);
    onDeleted(rows);
    if (rows < batchRows) return;
  }
}
