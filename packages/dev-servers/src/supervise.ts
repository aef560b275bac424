import { setTimeout as sleep } from 'node:timers/promises';

import { reasonOf } from './errors.ts';

/** A server that was started: a Postgres or a Redis. */
export type Server = {
  /** Can be called again, and of a server that has ended. */
  stop(): Promise<void>;
  /** Resolves when its process has ended, for any reason. */
  whenEnded(): Promise<void>;
};

type SuperviseOptions = {
  /** For messages: `Postgres`. */
  name: string;
  /** The running server. */
  first: Server;
  /** Starts it once more on the same folder and port. */
  start: () => Promise<Server>;
  /** Receives a sentence for each end, restart and failure. */
  log: (message: string) => void;
  /** For tests. */
  clock?: Clock;
};

type Clock = { nowMs(): number; sleep(ms: number, signal: AbortSignal): Promise<void> };

/** A server that is started again when it exits unexpectedly. */
export type Supervised = {
  /** Ends it; it stays ended until `resume`. */
  stop(): Promise<void>;
  /** Starts it after `stop`. Failures are logged and repeated as after an unexpected exit. */
  resume(): Promise<void>;
};

/** The pauses before the restarts; after the last one it is given up. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];
/** A server that ran for so long begins with the first pause again. */
const STABLE_MS = 60_000;

const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal, ref: false }),
};

/** Starts a server again whenever it exits unexpectedly: at most five times in a row. */
export function supervise(options: SuperviseOptions): Supervised {
  const { name, first, start, log, clock = SYSTEM_CLOCK } = options;
  let current = first;
  let failures = 0;
  let startedAtMs = clock.nowMs();
  let stopped = new AbortController();
  let restarting: Promise<void> = Promise.resolve();
  follow(first, stopped.signal);

  function follow(server: Server, signal: AbortSignal): void {
    void server.whenEnded().then(() => {
      if (signal.aborted) return;
      if (clock.nowMs() - startedAtMs >= STABLE_MS) failures = 0;
      log(`${name} has ended unexpectedly.`);
      restarting = restart(signal);
    });
  }

  async function restart(signal: AbortSignal): Promise<void> {
    // Leaves the folder to the next start.
    await current.stop().catch(() => undefined);
    for (;;) {
      const pauseMs = PAUSES_MS[failures];
      if (pauseMs === undefined) {
        log(`${name} is not started again after ${PAUSES_MS.length} attempts.`);
        return;
      }
      failures += 1;
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      if (signal.aborted || (await starts(signal))) return;
    }
  }

  async function starts(signal: AbortSignal): Promise<boolean> {
    try {
      current = await start();
    } catch (error) {
      log(`${name} cannot be started again: ${reasonOf(error)}`);
      return false;
    }
    startedAtMs = clock.nowMs();
    log(`${name} runs again.`);
    follow(current, signal);
    return true;
  }

  return {
    async stop() {
      stopped.abort();
      await restarting;
      await current.stop();
    },
    async resume() {
      if (!stopped.signal.aborted) return;
      stopped = new AbortController();
      failures = 0;
      const { signal } = stopped;
      restarting = starts(signal).then((done) => (done ? undefined : restart(signal)));
      await restarting;
    },
  };
}
