import { isatty } from 'node:tty';

import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

import { isPretty, prettified, type LogFormat } from './log-format.ts';

interface LoggerOptions {
  level: string;
  /** The name of the service, on every line. */
  service?: string;
  /** Fields for every line, such as the ids of the running trace. */
  mixin?: () => object | undefined;
  /** On stdout. `auto`, the default: pretty in a terminal unless NODE_ENV is production, else JSON. */
  format?: LogFormat;
  /** Receives JSON lines in place of stdout. */
  destination?: DestinationStream;
}

/** The buffer for output while nothing reads stdout. When it is full, lines are dropped. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/**
 * Creates a logger that writes JSON lines, or formatted lines in a terminal. Levels: `error`, an operator
 * must act now; `warn`, a dependency failed and the service works around it; `info`, an event; `debug`,
 * its details.
 */
export function createLogger(options: LoggerOptions): Logger {
  if (options.destination) return logTo(options.destination, options);
  // Asynchronous: lines are buffered while a write is pending, and flushed at exit.
  // minLength: with 0, `flush` would not wait for buffered lines.
  const settings = { dest: 1, sync: false, minLength: 1, maxLength: MAX_BUFFERED_BYTES };
  const stdout = pino.destination(settings);
  // oxlint-disable-next-line no-process-env -- set by the image, not by the operator
  const environment = { isTerminal: isatty(1), nodeEnv: process.env['NODE_ENV'] };
  const pretty = isPretty(options.format ?? 'auto', environment);
  const log = logTo(pretty ? prettified(stdout) : stdout, options);
  let droppedLines = 0;
  stdout.on('drop', () => (droppedLines += 1));
  stdout.on('drain', () => {
    if (droppedLines === 0) return;
    log.warn({ droppedLines }, 'Log lines dropped: stdout was not read fast enough');
    droppedLines = 0;
  });
  return log;
}

function logTo(destination: DestinationStream, options: LoggerOptions): Logger {
  const { level, service, mixin } = options;
  return pino(
    {
      level,
      base: service ? { service } : {},
      timestamp: stdTimeFunctions.isoTime,
      ...(mixin && { mixin: () => mixin() ?? {} }),
      serializers: { err: describeError },
    },
    destination,
  );
}

interface ErrorLine {
  type: string;
  message: string;
  code?: unknown;
  stack?: string | undefined;
  cause?: ErrorLine;
}

/**
 * Serializes an error for the log: type, message, code, stack frames and causes. Other properties are
 * left out, such as `detail`, in which Postgres quotes the failing row.
 */
export function describeError(error: unknown): ErrorLine {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, cause } = error;
  return {
    type: name,
    message: redactedMessage(error),
    ...('code' in error && { code: error.code }),
    stack: framesOf(error),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}

/** Removes the value that Postgres quotes in the message of a data exception (SQLSTATE class 22). */
function redactedMessage(error: Error): string {
  const isDataException = 'code' in error && /^22...$/.test(String(error.code));
  return isDataException ? error.message.replace(/".*"/s, '"…"') : error.message;
}

/** The stack without its first lines, which repeat the message. */
function framesOf(error: Error): string | undefined {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return frames?.join('\n');
}
