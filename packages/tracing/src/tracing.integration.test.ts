import { randomBytes } from 'node:crypto';

import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { startApp } from '../test-app/start.ts';
import type { TraceIds } from './api.ts';
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
    TRUST_TRACE_HEADERS: 'true',
    ...env,
  });
  onTestFinished(async () => void (await app.stop()));
  return app;
}

const newTraceId = () => randomBytes(16).toString('hex');

function get(url: string, traceId: string): Promise<Response> {
  const traceparent = `00-${traceId}-${callerSpanId}-01`;
  return fetch(url, { headers: { traceparent, 'x-secret': secret } });
}

const hasServerSpan = (spans: Span[]) => spans.some(({ kind }) => kind === 'server');

/** The first matching span, or an error that lists all spans. */
function pick(spans: Span[], fits: (span: Span) => boolean): Span {
  const found = spans.find(fits);
  if (found) return found;
  throw new Error(`No such span among: ${spans.map(({ name }) => name).join(', ')}`);
}

describe.skipIf(redisUrl === null)('a traced process', () => {
  test.each(['http/json', 'http/protobuf'])(
    'sends one tree per request over %s',
    async (protocol) => {
      const traceId = newTraceId();
      const app = await startTracedApp({
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_SERVICE_NAME: 'items',
      });
      // Connections are opened by the first request, and leave spans of their own in its trace.
      await get(`${app.url}/items/1`, newTraceId());
      const response = await get(`${app.url}/items/7?page=2`, traceId);
      expect(await response.json()).toEqual({ knex: secret, pg: secret });
      const spans = await receiver.waitForTrace(traceId, hasServerSpan);

      const server = pick(spans, ({ kind }) => kind === 'server');
      expect(server).toMatchObject({
        name: 'GET /items/:id',
        parentSpanId: callerSpanId,
        attributes: { 'http.route': '/items/:id', 'http.response.status_code': 200 },
        resource: { 'service.name': 'items', 'service.version': '0.1.0' },
      });
      const router = pick(spans, ({ name }) => name === 'router - /items/:id');
      expect(router.parentSpanId).toBe(server.spanId);
      const redis = pick(spans, ({ name }) => name === 'set');
      expect(redis.parentSpanId).toBe(router.spanId);
      expect(redis.attributes['db.query.text']).toBe('set items:*');
      const knex = pick(spans, ({ attributes }) => 'knex.version' in attributes);
      expect(knex.parentSpanId).toBe(router.spanId);
      const queryOf = (parent: Span) =>
        pick(
          spans,
          ({ name, parentSpanId }) => name.startsWith('pg.query') && parentSpanId === parent.spanId,
        );
      expect(queryOf(knex).attributes['db.query.text']).toBe('select $1::text as value');
      expect(queryOf(router).attributes['db.query.text']).toBe('SELECT $1::text AS value');

      expect(app.lines).toContainEqual({
        msg: 'Reading',
        trace_id: traceId,
        span_id: router.spanId,
        trace_flags: '01',
      });
    },
  );

  test('keeps every value out of the spans, errors included', async () => {
    const app = await startTracedApp();
    const traceId = newTraceId();
    const response = await get(`${app.url}/broken`, traceId);
    expect(response.status).toBe(500);
    const spans = await receiver.waitForTrace(traceId, hasServerSpan);

    const failed = spans.filter(({ status }) => status.code === 'error');
    expect(failed.map(({ name }) => name.split(' ')[0])).toEqual(
      expect.arrayContaining(['lpush', 'pg.query:SELECT', 'select', 'GET']),
    );
    expect(JSON.stringify(spans)).toContain('22P02');
    expect(JSON.stringify(spans)).not.toContain(secret);
  });

  test('traces no probe, and not its own export', async () => {
    const app = await startTracedApp({ OTEL_SERVICE_NAME: 'probed' });
    await get(`${app.url}/livez?verbose`, newTraceId());
    const traceId = newTraceId();
    await get(`${app.url}/plain`, traceId);
    await receiver.waitForTrace(traceId, hasServerSpan);
    await app.stop();

    const spans = receiver.spans().filter(({ resource }) => resource['service.name'] === 'probed');
    expect(spans.map(({ name }) => name)).toEqual(['router - /plain', 'GET /plain']);
  });

  test('continues no trace of a caller that it does not trust', async () => {
    const app = await startTracedApp({ TRUST_TRACE_HEADERS: 'false' });
    const traceId = newTraceId();
    const { ids } = (await (await get(`${app.url}/plain`, traceId)).json()) as { ids: TraceIds };
    const spans = await receiver.waitForTrace(ids.trace_id, hasServerSpan);
    expect(ids.trace_id).not.toBe(traceId);
    expect(pick(spans, ({ kind }) => kind === 'server').parentSpanId).toBeUndefined();
    expect(receiver.spans().filter((span) => span.traceId === traceId)).toEqual([]);
  });

  test.each([
    ['true', '01'],
    ['false', '00'],
  ])('with TRUST_TRACE_HEADERS=%s a client’s flag results in %s', async (trust, trace_flags) => {
    const app = await startTracedApp({
      TRUST_TRACE_HEADERS: trust,
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    });
    const response = await get(`${app.url}/plain`, newTraceId());
    expect(await response.json()).toMatchObject({ ids: { trace_flags } });
  });

  test('sends the last spans before it ends', async () => {
    const app = await startTracedApp({ OTEL_BSP_SCHEDULE_DELAY: '60000' });
    const traceId = newTraceId();
    await get(`${app.url}/plain`, traceId);
    expect(await app.stop()).toMatchObject({ code: 0, stderr: '' });
    expect(receiver.spans().some((span) => span.traceId === traceId)).toBe(true);
  });
});
