import type { DiagLogger } from '@opentelemetry/api';

/** An unreachable collector fails every few seconds; once in this long is enough to act upon. */
const repeatAfterMs = 10 * 60_000;

const levels = { warn: 40, error: 50 } as const;

interface DiagnosticsOptions {
  service: string;
  /** Takes one line, its end included. */
  write: (line: string) => void;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** What OpenTelemetry has to say about itself. */
export interface Diagnostics extends DiagLogger {
  /** Spans were lost. The process goes on, so it is a warning. */
  exportFailed(failure: unknown): void;
}

/**
 * Writes OpenTelemetry's complaints as log lines of pino's shape. Lines that differ in nothing but
 * their numbers are of one kind; of each kind one line is written in ten minutes, which says how
 * many were held back before it.
 */
export function createDiagnostics({ service, write, now }: DiagnosticsOptions): Diagnostics {
  const kinds = new Map<string, { writtenAt: number; heldBack: number }>();

  function log(level: keyof typeof levels, msg: string, err?: ErrorLine): void {
    const kind = `${level} ${msg}`.replace(/\d+/g, '#');
    const last = kinds.get(kind);
    if (last !== undefined && now() - last.writtenAt < repeatAfterMs) {
      last.heldBack += 1;
      return;
    }
    kinds.set(kind, { writtenAt: now(), heldBack: 0 });
    const line = {
      level: levels[level],
      time: new Date(now()).toISOString(),
      service,
      ...(last !== undefined && last.heldBack > 0 && { heldBack: last.heldBack }),
      ...(err && { err }),
      msg,
    };
    write(`${JSON.stringify(line)}\n`);
  }

  return {
    exportFailed: (failure) => log('warn', 'Could not export spans', describe(failure)),
    error: (...words) => log('error', words.map(String).join(' ')),
    warn: (...words) => log('warn', words.map(String).join(' ')),
    info: () => {},
    debug: () => {},
    verbose: () => {},
  };
}

interface ErrorLine {
  type: string;
  message: string;
  code?: unknown;
}

function describe(failure: unknown): ErrorLine {
  if (!(failure instanceof Error)) return { type: typeof failure, message: String(failure) };
  return {
    type: failure.name,
    // A refused connection to a name with several addresses is an AggregateError without a message.
    message: failure.message || String('code' in failure ? failure.code : failure.name),
    ...('code' in failure && { code: failure.code }),
  };
}
