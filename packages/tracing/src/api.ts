import { isSpanContextValid, trace, TraceFlags } from '@opentelemetry/api';

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

/** What a measurement carries to lead to its trace, as Prometheus' exemplars do. */
export type TraceExemplar = Pick<TraceIds, 'trace_id' | 'span_id'>;

/**
 * Gives the exemplar for what is measured now; undefined while tracing is off. For a trace that is
 * not recorded it gives none: its id would lead nowhere.
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
