import type { TextMapPropagator } from '@opentelemetry/api';

/**
 * A propagator that tells others of our traces and takes none from them. A caller whose trace is
 * continued decides whether it is recorded, and puts an id of its choice into logs and exemplars.
 */
export function sendOnly(propagator: TextMapPropagator): TextMapPropagator {
  return {
    inject: (...args) => propagator.inject(...args),
    extract: (context) => context,
    fields: () => propagator.fields(),
  };
}
