import type { Logger } from 'pino';

import { createLogger } from '../process/logger.ts';

/** A logger like that of the services, with its output. */
export interface CapturedLog {
  log: Logger;
  lines(): Record<string, unknown>[];
  /** The raw output, to search for secrets. */
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
