import { SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';

import type { CacheTracing } from './tracing.ts';

/**
 * Spans for reads, writes and invalidations. The client's own spans (ioredis, pg) and the loader's
 * become their children.
 *
 * @example
 * createCache({ store, keys, tracing: openTelemetry() });
 */
export function openTelemetry(tracer: Tracer = trace.getTracer('@relay/cache')): CacheTracing {
  return {
    span: (name, attributes, work, describe) =>
      tracer.startActiveSpan(name, { attributes }, async (span) => {
        try {
          const result = await work();
          span.setAttributes(describe(result));
          return result;
        } catch (error) {
          span.recordException(error as Error);
          span.setStatus({ code: SpanStatusCode.ERROR });
          throw error;
        } finally {
          span.end();
        }
      }),
  };
}
