import type { Logger } from 'pino';

import { createLogger } from '../process/logger.ts';

/** A logger like the services' own, and what it wrote. */
export interface CapturedLog {
  log: Logger;
  lines(): Record<string, unknown>[];
  /** All of it as it was written: to search for what must not be in it. */
  text(): string;
}

export function captureLog(): CapturedLog {
  let written = '';
  const destination = {
    write(line: string) {
      written += line;
    },
  };
  return {
    log: createLogger({ level: 'trace', destination }),
    lines: () =>
      written
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => written,
  };
}
