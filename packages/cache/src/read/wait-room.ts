/** How often a waiting reader looks: soon at first, then less and less often. */
const FIRST_DELAY_MS = 2;
const GROWTH = 1.5;
const MAX_DELAY_MS = 50;

/** Readers of one process that wait for a value which another process loads. */
export interface WaitRoom<Answer> {
  /** Resolves with the first answer that ends the wait, or with `expired` after `waitMs`. */
  join(key: string, waitMs: number, look: () => Promise<Answer>): Promise<Answer | 'expired'>;
}

interface WaitRoomOptions<Answer> {
  /** Whether to look again. */
  isPending: (answer: Answer) => boolean;
  now: () => number;
}

interface Waiter<Answer> {
  expiresAt: number;
  resolve(answer: Answer | 'expired'): void;
  reject(error: unknown): void;
}

/**
 * One look at a time for each key, however many readers wait. An answer goes only to readers that
 * waited before the look began: a look that is under way may have seen an older state.
 */
export function createWaitRoom<Answer>(options: WaitRoomOptions<Answer>): WaitRoom<Answer> {
  const { isPending, now } = options;
  const rooms = new Map<string, Waiter<Answer>[]>();

  async function watch(key: string, look: () => Promise<Answer>): Promise<void> {
    for (let delayMs = FIRST_DELAY_MS; rooms.get(key)!.length > 0; delayMs *= GROWTH) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(delayMs, MAX_DELAY_MS)));
      const waiters = rooms.get(key)!;
      rooms.set(key, []);
      try {
        const answer = await look();
        if (isPending(answer)) rooms.get(key)!.unshift(...waiters.filter(isStillWaiting));
        else for (const waiter of waiters) waiter.resolve(answer);
      } catch (error) {
        for (const waiter of waiters) waiter.reject(error);
      }
    }
    rooms.delete(key);
  }

  function isStillWaiting(waiter: Waiter<Answer>): boolean {
    if (now() < waiter.expiresAt) return true;
    waiter.resolve('expired');
    return false;
  }

  return {
    join(key, waitMs, look) {
      return new Promise((resolve, reject) => {
        const waiter = { expiresAt: now() + waitMs, resolve, reject };
        const room = rooms.get(key);
        if (room) {
          room.push(waiter);
          return;
        }
        rooms.set(key, [waiter]);
        void watch(key, look);
      });
    },
  };
}
