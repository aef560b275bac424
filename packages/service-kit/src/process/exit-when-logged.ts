import type { Logger } from 'pino';

import { settlesWithin } from './deadline.ts';

/** The part of the shutdown deadline that is reserved for writing the log. */
export const LOG_FLUSH_MS = 500;

/**
 * Ends the process once its log has been written. If nothing reads stdout, the flush never completes, and
 * an exit would wait for the pending write: after `LOG_FLUSH_MS` the process kills itself.
 */
export async function exitWhenLogged(log: Logger, code: number): Promise<void> {
  const written = new Promise<void>((resolve) => log.flush(() => resolve()));
  if (await settlesWithin(LOG_FLUSH_MS, written)) process.exit(code);
  process.kill(process.pid, 'SIGKILL');
}
