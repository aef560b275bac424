import { isSpanContextValid, trace } from '@opentelemetry/api';

import { tracingStop } from './state.ts';

/** The fields by which log lines and traces find each other, named as OpenTelemetry names them. */
export interface TraceIds {
  /** 32 hexadecimal digits. */
  trace_id: string;
  /** 16 hexadecimal digits. */
  span_id: string;
  /** `01` if the trace is recorded, else `00`. */
  trace_flags: string;
}

/** Whether this process records spans: it runs under `--import @relay/tracing` and has an endpoint. */
export function tracingEnabled(): boolean {
  return tracingStop() !== undefined;
}

/**
 * The ids of the span that is running, for a log line; undefined outside any span and while tracing is off.
 *
 * @example
 * const log = createLogger({ level: 'info', mixin: () => traceIds() ?? {} });
 */
export function traceIds(): TraceIds | undefined {
  if (!tracingEnabled()) return undefined;
  const running = trace.getActiveSpan()?.spanContext();
  if (running === undefined || !isSpanContextValid(running)) return undefined;
  return {
    trace_id: running.traceId,
    span_id: running.spanId,
    trace_flags: running.traceFlags.toString(16).padStart(2, '0'),
  };
}

/**
 * Sends the spans that are left and stops tracing. Resolves within two seconds and never rejects,
 * whatever the collector does; the spans that it would not take are lost, with a warning. Does
 * nothing while tracing is off.
 *
 * Call it last in a shutdown, after everything that makes spans, and end the process after it: a
 * request to a collector that does not answer may still be open.
 */
export async function shutdownTracing(): Promise<void> {
  await tracingStop()?.();
}
