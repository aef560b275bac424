interface UpkeepOptions {
  /** One pass. Ends early when `signal` is aborted. */
  pass: (signal: AbortSignal) => Promise<void>;
  onError: (error: unknown) => void;
  /** Between two passes, give or take half. */
  everyMs: number;
  /** From 0 to 1, for jitter: pods that started together must not work together. */
  random?: () => number;
}

export interface Upkeep {
  /** Resolves when no pass is under way any more. */
  stop(): Promise<void>;
}

/** Repeats a pass in the background until it is stopped. The first one comes after a period. */
export function startUpkeep(options: UpkeepOptions): Upkeep {
  const { pass, onError, everyMs, random = Math.random } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;

  function schedule(): void {
    if (signal.aborted) return;
    const begin = () => (running = pass(signal).catch(onError).then(schedule));
    timer = setTimeout(begin, everyMs * (0.5 + random())).unref();
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
  /** Deletes at most `limit` rows and returns how many. */
  deleteBatch: (limit: number) => Promise<number>;
  /** Called for each batch. */
  onDeleted: (rows: number) => void;
  batchRows: number;
  /** The rest waits for the next call, so that this one ends. */
  maxBatches: number;
  signal: AbortSignal;
}

/** Deletes batch after batch, until one is not full. */
export async function deleteInBatches(options: DeletionOptions): Promise<void> {
  const { deleteBatch, onDeleted, batchRows, maxBatches, signal } = options;
  for (let batch = 0; batch < maxBatches && !signal.aborted; batch += 1) {
    const rows = await deleteBatch(batchRows);
    onDeleted(rows);
    if (rows < batchRows) return;
  }
}
