import { isatty } from 'node:tty';

import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

import { isForPeople, prettified, type LogFormat } from './log-format.ts';

interface LoggerOptions {
  level: string;
  /** Which part of the product speaks. */
  service?: string;
  /** Fields for every line, such as the ids of the running trace. */
  mixin?: () => object | undefined;
  /** On stdout. `auto`, the default: pretty in a terminal unless NODE_ENV is production, else JSON. */
  format?: LogFormat;
  /** Takes JSON lines in place of stdout. */
  destination?: DestinationStream;
}

/** Buffered output while the log is not read. Beyond it lines are dropped; the process goes on. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * A logger of JSON lines, or in a terminal of lines for people. Levels: `error`, someone must act
 * now; `warn`, a dependency failed and we coped; `info`, what happened; `debug`, how.
 */
export function createLogger(options: LoggerOptions): Logger {
  if (options.destination) return logTo(options.destination, options);
  // Not synchronous: while one write is under way the next lines gather. They are flushed at exit.
  // minLength: with 0, `flush` would not wait for them.
  const settings = { dest: 1, sync: false, minLength: 1, maxLength: MAX_WAITING_BYTES };
  const stdout = pino.destination(settings);
  // oxlint-disable-next-line no-process-env -- set by the image, and by no operator
  const surroundings = { isTerminal: isatty(1), nodeEnv: process.env['NODE_ENV'] };
  const forPeople = isForPeople(options.format ?? 'auto', surroundings);
  const log = logTo(forPeople ? prettified(stdout) : stdout, options);
  let droppedLines = 0;
  stdout.on('drop', () => (droppedLines += 1));
  stdout.on('drain', () => {
    if (droppedLines === 0) return;
    log.warn({ droppedLines }, 'Log lines were dropped: they were not read fast enough');
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
 * An error for the log: its message and its causes, and nothing else that a library hung on it,
 * such as the failing row that Postgres tells of in `detail`.
 */
export function describeError(error: unknown): ErrorLine {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, cause } = error;
  return {
    type: name,
    message: withoutValue(error),
    ...('code' in error && { code: error.code }),
    stack: framesOf(error),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}

/** Postgres quotes the value in the messages of one class: data exceptions, SQLSTATE 22. */
function withoutValue(error: Error): string {
  const isDataException = 'code' in error && /^22...$/.test(String(error.code));
  return isDataException ? error.message.replace(/".*"/s, '"…"') : error.message;
}

/** The stack repeats the message in its first lines; the frames alone say where it was. */
function framesOf(error: Error): string | undefined {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return frames?.join('\n');
}
