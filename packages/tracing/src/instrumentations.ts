import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { KnexInstrumentation } from '@opentelemetry/instrumentation-knex';
import { KoaInstrumentation, KoaLayerType } from '@opentelemetry/instrumentation-koa';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';

import { redisStatement } from './redis-statement.ts';

/** What the instrumentations below patch. */
export const instrumentedModules = ['http', 'https', 'koa', 'pg', 'pg-pool', 'knex', 'ioredis'];

/** Asked for every few seconds by machines: their spans would bury the users'. */
const untracedPaths = new Set(['/livez', '/readyz', '/metrics']);

/** One per library, each set so that a span holds no value of a user's. */
export function createInstrumentations() {
  return [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: ({ url = '' }) => untracedPaths.has(url.split('?', 1)[0] ?? ''),
      requireParentforOutgoingSpans: true,
    }),
    // Spans of middleware hold no information; the router's have the route.
    new KoaInstrumentation({ ignoreLayersType: [KoaLayerType.MIDDLEWARE] }),
    // A parent is required all along: pollers and health checks would make a trace per query.
    new KnexInstrumentation({ requireParentSpan: true }),
    new PgInstrumentation({ requireParentSpan: true, enhancedDatabaseReporting: false }),
    new IORedisInstrumentation({ requireParentSpan: true, dbStatementSerializer: redisStatement }),
  ];
}
