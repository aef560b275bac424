import { pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

interface LoggerOptions {
  level: string;
  /** Which part of the product speaks. */
  service?: string;
  /** Fields for every line, such as the ids of the running trace. */
  mixin?: () => object | undefined;
  destination?: DestinationStream;
}

/**
 * A JSON logger. Levels: `error`, someone must act now; `warn`, a dependency failed and we coped;
 * `info`, what happened; `debug`, how.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, service, mixin, destination } = options;
  return pino(
    {
      level,
      base: service ? { service } : {},
      timestamp: stdTimeFunctions.isoTime,
      ...(mixin && { mixin: () => mixin() ?? {} }),
      serializers: { err: describeError },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
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
 * An error for the log: its message and its causes, and nothing else that a library hung on it. A
 * Postgres error carries the values of the failing row (`detail`), and its message, as knex
 * builds it, the statement: both stay out.
 */
export function describeError(error: unknown): ErrorLine {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const message = isDatabaseError(error) ? withoutStatement(error.message) : error.message;
  const { cause } = error;
  return {
    type: error.name,
    message,
    ...('code' in error && { code: error.code }),
    stack: framesOf(error),
    ...(cause !== undefined && { cause: describeError(cause) }),
  };
}

function isDatabaseError(error: Error): boolean {
  return 'code' in error && 'severity' in error;
}

/** knex writes `statement - message`. */
function withoutStatement(message: string): string {
  return message.slice(message.lastIndexOf(' - ') + 1).replace(/^- /, '');
}

/** The stack repeats the message in its first lines; the frames alone say where it was. */
function framesOf(error: Error): string | undefined {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return frames?.join('\n');
}
