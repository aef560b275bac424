import { randomBytes } from 'node:crypto';

import { testRedis } from '@relay/dev-servers/testing';
import { startServiceProcess } from '@relay/service-kit/testing/service-process';
import { startOtlpReceiver, type Span } from '@relay/tracing/testing';
import { expect, onTestFinished, test } from 'vitest';

import { migratedDatabase, signingKeysFolder } from './testing/test-app.ts';

const redisUrl = await testRedis();

test.skipIf(redisUrl === null)('continues a trace down to Redis and Postgres', async () => {
  const receiver = await startOtlpReceiver();
  onTestFinished(() => receiver.stop());
  const { url } = await migratedDatabase();
  const service = await startServiceProcess(import.meta.dirname, {
    DATABASE_URL: url,
    REDIS_URL: redisUrl!,
    SIGNING_KEYS_DIR: await signingKeysFolder(),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_SERVICE_NAME: 'relay-auth',
    OTEL_BSP_SCHEDULE_DELAY: '20',
    TRUST_TRACE_HEADERS: 'true',
  });
  await Promise.all([service.logged('Ready'), service.logged('Redis connected')]);

  const traceId = randomBytes(16).toString('hex');
  const callerSpan = randomBytes(8).toString('hex');
  const response = await fetch(`${service.url}/api/auth/login`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      traceparent: `00-${traceId}-${callerSpan}-01`,
    },
    body: '{"email":"nobody@example.org","password":"password123"}',
  });
  expect(response.status).toBe(401);

  const spans = await receiver.waitForTrace(traceId, (all) => all.some(isServer));
  const server = spans.find(isServer)!;
  expect(server).toMatchObject({
    name: 'POST /api/auth/login',
    parentSpanId: callerSpan,
    resource: { 'service.name': 'relay-auth' },
  });
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const others = spans.filter((span) => span !== server);
  expect(others.filter(({ parentSpanId }) => !ids.has(parentSpanId!))).toEqual([]);
  const systems = others.map(({ attributes }) => attributes['db.system.name']);
  expect(new Set(systems)).toEqual(new Set([undefined, 'redis', 'postgresql']));
  expect(await service.logged('Request')).toMatchObject({ trace_id: traceId });
});

function isServer({ kind }: Span): boolean {
  return kind === 'server';
}
