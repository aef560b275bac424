import type { Logger } from 'pino';

import { within } from './within.ts';

/** How much of a shutdown's deadline is kept for the log. */
export const LOG_FLUSH_MS = 500;

/**
 * Ends the process once its log has been written. If nothing reads the log, the flush never
 * completes: after `LOG_FLUSH_MS` the process is killed, since an exit waits for the write under way.
 */
export async function exitWhenLogged(log: Logger, code: number): Promise<void> {
  const written = new Promise<void>((resolve) => log.flush(() => resolve()));
  if (await within(LOG_FLUSH_MS, written)) process.exit(code);
  process.kill(process.pid, 'SIGKILL');
}
