import type { TextMapPropagator } from '@opentelemetry/api';

/**
 * A propagator that injects the trace context into outgoing requests and ignores that of incoming
 * ones: a caller could otherwise choose whether a trace is sampled, and its id in logs and exemplars.
 */
export function sendOnly(propagator: TextMapPropagator): TextMapPropagator {
  return {
    inject: (...args) => propagator.inject(...args),
    extract: (context) => context,
    fields: () => propagator.fields(),
  };
}
