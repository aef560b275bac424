import { setTimeout as wait } from 'node:timers/promises';

import type { Logger } from 'pino';

import type { DatabaseHealth } from '../postgres/check.ts';

/** Whether the process takes requests. */
export interface Readiness {
  /** Why it does not; empty while it does. */
  reasons(): readonly string[];
  /** Settles when every database can serve requests, or the shutdown has begun. */
  ready: Promise<void>;
}

interface ReadinessOptions {
  checks: readonly (() => Promise<DatabaseHealth>)[];
  log: Logger;
  /** Aborted when the shutdown begins. */
  draining: AbortSignal;
  /** Between two rounds of checks; ends early when the shutdown begins. */
  pause?: (signal: AbortSignal) => Promise<unknown>;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

/** A cause that stays is logged again after this long. */
const REPEAT_MS = 5 * 60_000;

/**
 * Checks the databases until each was ready once; a later loss changes nothing, because cached reads
 * are still answered. Logs each new cause once, and again every five minutes.
 */
export function followReadiness(options: ReadinessOptions): Readiness {
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
