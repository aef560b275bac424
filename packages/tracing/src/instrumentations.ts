import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { KnexInstrumentation } from '@opentelemetry/instrumentation-knex';
import { KoaInstrumentation, KoaLayerType } from '@opentelemetry/instrumentation-koa';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';

import { redisStatement } from './redis-statement.ts';

/** The modules that the instrumentations below patch. */
export const instrumentedModules = ['http', 'https', 'koa', 'pg', 'pg-pool', 'knex', 'ioredis'];

/** Requested every few seconds by probes and scrapes: their spans would be noise. */
const untracedPaths = new Set(['/livez', '/readyz', '/metrics']);

/** One instrumentation per library, configured so that spans contain no user data. */
export function createInstrumentations() {
  return [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: ({ url = '' }) => untracedPaths.has(url.split('?', 1)[0] ?? ''),
      requireParentforOutgoingSpans: true,
    }),
    // Middleware spans contain no information; router spans have the route.
    new KoaInstrumentation({ ignoreLayersType: [KoaLayerType.MIDDLEWARE] }),
    // A parent span is required, or pollers and health checks would start a trace per query.
    new KnexInstrumentation({ requireParentSpan: true }),
    new PgInstrumentation({ requireParentSpan: true, enhancedDatabaseReporting: false }),
    new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: redisStatement }),
  ];
}
