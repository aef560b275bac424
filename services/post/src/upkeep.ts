interface UpkeepOptions {
  /** Deletes at most `limit` rows and returns how many. */
  deleteExpired: (limit: number) => Promise<number>;
  /** Rows were deleted. */
  onDeleted: (count: number) => void;
  onError: (error: unknown) => void;
  /** Rows of one statement. Default 1,000. */
  batchSize?: number;
  /** Statements of one run at most. Default 10. */
  maxBatches?: number;
  /** Between two runs, give or take half. Default 1 minute. */
  everyMs?: number;
  /** From 0 up to 1, for jitter: pods that started together must not delete together. */
  random?: () => number;
}

/** Deletes expired rows from time to time, in the background, until it is stopped. */
export function startUpkeep(options: UpkeepOptions): { stop(): Promise<void> } {
  const { deleteExpired, onDeleted, onError } = options;
  const { batchSize = 1000, maxBatches = 10, everyMs = 60_000, random = Math.random } = options;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  async function run(): Promise<void> {
    try {
      for (let batch = 0; batch < maxBatches && !stopping.signal.aborted; batch += 1) {
        const deleted = await deleteExpired(batchSize);
        if (deleted > 0) onDeleted(deleted);
        if (deleted < batchSize) break;
      }
    } catch (error) {
      onError(error);
    }
    if (!stopping.signal.aborted) schedule();
  }

  function schedule(): void {
    timer = setTimeout(() => (running = run()), everyMs * (0.5 + random())).unref();
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
