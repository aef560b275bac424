import { isSpanContextValid, trace, TraceFlags } from '@opentelemetry/api';

import { tracingStop } from './state.ts';

/** The fields that link log lines to traces, with OpenTelemetry's names. */
export interface TraceIds {
  /** 32 hexadecimal digits. */
  trace_id: string;
  /** 16 hexadecimal digits. */
  span_id: string;
  /** `01` if the trace is recorded, else `00`. */
  trace_flags: string;
}

/** Whether this process records spans: it runs with `--import @relay/tracing` and an endpoint. */
export function tracingEnabled(): boolean {
  return tracingStop() !== undefined;
}

/**
 * Returns the ids of the active span, for a log line; undefined outside of spans and while tracing is off.
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

/** The labels of a Prometheus exemplar, which link a measurement to its trace. */
export type TraceExemplar = Pick<TraceIds, 'trace_id' | 'span_id'>;

/**
 * Returns a function for the exemplar of the current measurement; undefined while tracing is off. For a trace
 * that is not sampled it returns undefined, since no backend has that trace.
 *
 * @example
 * const metrics = createMetrics({ service: 'post', version, exemplar: traceExemplar() });
 */
export function traceExemplar(): (() => TraceExemplar | undefined) | undefined {
  if (!tracingEnabled()) return undefined;
  return () => {
    const running = trace.getActiveSpan()?.spanContext();
    const isRecorded = running && (running.traceFlags & TraceFlags.SAMPLED) !== 0;
    return isRecorded ? { trace_id: running.traceId, span_id: running.spanId } : undefined;
  };
}

/**
 * Exports the remaining spans and stops tracing. Resolves within two seconds and never rejects; spans that the
 * collector does not accept are lost, with a warning. Does nothing while tracing is off.
 *
 * Call it last in a shutdown and exit the process after it: a request to an unresponsive collector may still
 * be open.
 */
export async function shutdownTracing(): Promise<void> {
  await tracingStop()?.();
}
