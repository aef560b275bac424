import type { DiagLogger } from '@opentelemetry/api';

/** Limits repeated lines: an unreachable collector fails every few seconds. */
const repeatAfterMs = 10 * 60_000;

const levels = { warn: 40, error: 50 } as const;

interface DiagnosticsOptions {
  service: string;
  /** Writes one line, including its line end. */
  write: (line: string) => void;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** The logger for OpenTelemetry's own diagnostics. */
export interface Diagnostics extends DiagLogger {
  /** Logs lost spans at warn. */
  exportFailed(failure: unknown): void;
}

/**
 * Writes OpenTelemetry's diagnostics as log lines in pino's format. Lines that differ only in numbers are of
 * one kind. At most one line of each kind is written in ten minutes, with the number of suppressed lines.
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
