import { createRequire } from 'node:module';
import { isatty } from 'node:tty';

import type PinoPretty from 'pino-pretty';

import { ConfigError } from './config.ts';

export type LogFormat = 'auto' | 'json' | 'pretty';

/** Whether to write formatted lines in place of JSON. `auto`: in a terminal, except in production. */
export function isPretty(
  format: LogFormat,
  { isTerminal, nodeEnv }: { isTerminal: boolean; nodeEnv: string | undefined },
): boolean {
  return format === 'auto' ? isTerminal && nodeEnv !== 'production' : format === 'pretty';
}

/** The stream that a logger writes to. */
interface Output {
  write(line: string): unknown;
  flush(done: (error?: Error) => void): void;
}

/**
 * Formats JSON lines for a terminal. Loads pino-pretty on demand: a container writes JSON, and its image
 * does not contain the package.
 *
 * @throws ConfigError if it is not installed
 */
export function prettified(output: Output): Output {
  const format = loadPretty().prettyFactory({
    colorize: isatty(1),
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return {
    write: (line) => output.write(format(line)),
    flush: (done) => output.flush(done),
  };
}

function loadPretty() {
  try {
    return createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty;
  } catch (cause) {
    const message = 'LOG_FORMAT: pretty needs the package pino-pretty, which is not installed';
    throw new ConfigError(message, { cause });
  }
}
