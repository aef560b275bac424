import { signal, type ReadonlySignal } from '@preact/signals';

import type { CacheApi } from '../api/cache-api.ts';

/** `away` with the seconds that are left, then `recovering` while the page shows that reads are hits again. */
export type OutageState =
  | { phase: 'none' }
  | { phase: 'away'; secondsLeft: number }
  | { phase: 'recovering' };

export interface OutageButton {
  state: ReadonlySignal<OutageState>;
  /**
   * Stops the cache, and reads the list once a second until it has recovered.
   *
   * @throws ApiError, NetworkError if the cache cannot be stopped
   */
  run(): Promise<void>;
  /** Ends the reads, when the user has left. */
  end(): void;
}

interface OutageOptions {
  api: Pick<CacheApi, 'cut'>;
  /** Reads the list, and the state of the cache. */
  read: () => Promise<unknown>;
  sleep?: (ms: number) => Promise<unknown>;
}

export const OUTAGE_SECONDS = 10;
/** Redis starts, the circuit breaker closes: a miss, then hits. */
const RECOVERY_READS = 4;

/** Creates the button that shows a fallback and a recovery. */
export function createOutageButton(options: OutageOptions): OutageButton {
  const { api, read, sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = options;
  const state = signal<OutageState>({ phase: 'none' });
  let isEnded = false;

  async function readEachSecond(): Promise<void> {
    for (let left = OUTAGE_SECONDS; left > -RECOVERY_READS; left -= 1) {
      state.value = left > 0 ? { phase: 'away', secondsLeft: left } : { phase: 'recovering' };
      await sleep(1000);
      if (isEnded) return;
      await read();
    }
  }

  return {
    state,
    end: () => void (isEnded = true),
    async run() {
      if (state.peek().phase !== 'none') return;
      state.value = { phase: 'away', secondsLeft: OUTAGE_SECONDS };
      try {
        await api.cut(OUTAGE_SECONDS);
        await readEachSecond();
      } finally {
        state.value = { phase: 'none' };
      }
    },
  };
}
