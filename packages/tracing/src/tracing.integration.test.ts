import { testDatabase, testRedis } from '@relay/local/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { startApp } from '../test-app/start.ts';
import { startOtlpReceiver, type OtlpReceiver, type Span } from './testing/otlp-receiver.ts';

const redisUrl = await testRedis();
const secret = 'hunter2-secret';
const callerSpanId = 'b7ad6b7169203331';

let receiver: OtlpReceiver;
let servers: { REDIS_URL: string; DATABASE_URL: string };

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  servers = { REDIS_URL: redisUrl ?? '', DATABASE_URL: await testDatabase() };
});
afterAll(() => receiver.stop());

async function startTracedApp(env: Record<string, string> = {}) {
  const app = await startApp({
    ...servers,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '20',
    ...env,
  });
  onTestFinished(async () => void (await app.stop()));
  return app;
}

function get(url: string, traceId: string): Promise<Response> {
  const traceparent = `00-${traceId}-${callerSpanId}-01`;
  return fetch(url, { headers: { traceparent, 'x-secret': secret } });
}

const hasServerSpan = (spans: Span[]) => spans.some(({ kind }) => kind === 'server');
const madeBy = (spans: Span[], test: (span: Span) => boolean) => {
  const found = spans.find(test);
  expect(found, spans.map(({ name }) => name).join(', ')).toBeDefined();
  return found as Span;
};

describe.skipIf(redisUrl === null)('a traced process', () => {
  test.each(['http/json', 'http/protobuf'])(
    'sends one tree per request over %s',
    async (protocol) => {
      const traceId = protocol === 'http/json' ? 'a'.repeat(32) : 'b'.repeat(32);
      const app = await startTracedApp({
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_SERVICE_NAME: 'items',
      });
      const response = await get(`${app.url}/items/7?page=2`, traceId);
      expect(await response.json()).toEqual({ knex: secret, pg: secret });
      const spans = await receiver.waitForTrace(traceId, hasServerSpan);

      const server = madeBy(spans, ({ kind }) => kind === 'server');
      expect(server).toMatchObject({
        name: 'GET /items/:id',
        parentSpanId: callerSpanId,
        attributes: { 'http.route': '/items/:id', 'http.response.status_code': 200 },
        resource: { 'service.name': 'items', 'service.version': '0.1.0' },
      });
      const router = madeBy(spans, ({ name }) => name === 'router - /items/:id');
      expect(router.parentSpanId).toBe(server.spanId);
      const redis = madeBy(spans, ({ name }) => name === 'set');
      expect(redis.parentSpanId).toBe(router.spanId);
      expect(redis.attributes['db.query.text']).toBe('set items:*');
      const knex = madeBy(spans, ({ attributes }) => 'knex.version' in attributes);
      expect(knex.parentSpanId).toBe(router.spanId);
      if (process.env['SHOW']) console.log(spans.map(s=>[s.spanId,s.parentSpanId,s.kind,s.name,JSON.stringify(s.attributes)].join(' ')).join('\n'), spans[0]?.resource);
    const [pgOfKnex, pg] = spans.filter(({ name }) => name.startsWith('pg.query'));
      expect(pgOfKnex?.parentSpanId).toBe(knex.spanId);
      expect(pg?.parentSpanId).toBe(router.spanId);
      expect(pg?.attributes['db.query.text']).toBe('SELECT $1::text AS value');

      expect(app.lines).toContainEqual({
        msg: 'Reading',
        trace_id: traceId,
        span_id: router.spanId,
        trace_flags: '01',
      });
    },
  );
});
