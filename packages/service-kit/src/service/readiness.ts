import { setTimeout as wait } from 'node:timers/promises';

import type { Logger } from 'pino';

import type { DatabaseHealth } from '../postgres/check.ts';

/** Whether the process accepts requests. */
export interface Readiness {
  /** Why it is not ready; empty when ready. */
  reasons(): readonly string[];
  /** Resolves when every database can serve requests, or the shutdown has begun. */
  ready: Promise<void>;
}

interface ReadinessOptions {
  checks: readonly (() => Promise<DatabaseHealth>)[];
  log: Logger;
  /** Aborted at the start of the shutdown. */
  draining: AbortSignal;
  /** The pause between checks. Ends early when the signal is aborted. */
  pause?: (signal: AbortSignal) => Promise<unknown>;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

/** Unchanged reasons are logged again after this time. */
const REPEAT_MS = 5 * 60_000;

/**
 * Checks the databases until all are up. A later outage does not change the readiness, because cached reads
 * continue. Logs new reasons once, and again every five minutes.
 */
export function watchReadiness(options: ReadinessOptions): Readiness {
  const { checks, log, draining, pause = halfASecond, now = () => performance.now() } = options;
  let reasons: readonly string[] = ['the databases have not been checked yet'];
  let logged = { text: '', atMs: 0 };

  function report(): void {
    const text = reasons.join('; ');
    if (text === logged.text && now() - logged.atMs < REPEAT_MS) return;
    logged = { text, atMs: now() };
    log.warn({ reasons }, 'Not ready');
  }

  async function checkAll(): Promise<readonly string[]> {
    const found = await Promise.all(checks.map((check) => check()));
    return found.flatMap((one) => (one.status === 'down' ? [one.reason] : []));
  }

  async function untilReady(): Promise<void> {
    while (!draining.aborted) {
      reasons = await checkAll();
      if (reasons.length === 0) {
        log.info('Ready');
        return;
      }
      if (draining.aborted) return;
      report();
      await pause(draining);
    }
  }

  return {
    reasons: () => (draining.aborted ? ['the process is shutting down'] : reasons),
    ready: untilReady(),
  };
}

function halfASecond(signal: AbortSignal): Promise<unknown> {
  return wait(500, undefined, { signal, ref: false }).catch(() => undefined);
}
