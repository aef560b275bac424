import type { TextMapPropagator } from '@opentelemetry/api';

/**
 * Wraps a propagator to inject the trace context into outgoing requests and ignore it in incoming ones:
 * otherwise clients could choose the sampling, and the trace id in logs and exemplars.
 */
export function injectOnly(propagator: TextMapPropagator): TextMapPropagator {
  return {
    inject: (...args) => propagator.inject(...args),
    extract: (context) => context,
    fields: () => propagator.fields(),
  };
}
