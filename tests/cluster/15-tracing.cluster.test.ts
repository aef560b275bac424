import { randomBytes } from 'node:crypto';

import type { Span } from '@relay/tracing/testing';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';

import { eventually } from '../../tools/kit/wait.ts';
import { API_URL, logIn } from './support/api.ts';
import { createNamespace, deleteNamespace, relay } from './support/cluster.ts';
import { startCollector, type Collector } from './support/collector.ts';
import { commandsUnder, runDocumented } from './support/documents.ts';
import { linesWith } from './support/logs.ts';
import { prometheus } from './support/prometheus.ts';
import { stopwatch } from './support/stopwatch.ts';

// Not the documented name, where a collector may run.
const NAMESPACE = 'relay-observability';
const SECRET = 'relay-tracing';
/** A batch of spans is sent every five seconds. */
const SOON = { withinMs: 60_000, everyMs: 1000 };

let collector: Collector;
let before: { revision: string; values: string };
let token: string;

beforeAll(async () => {
  const values = await relay.helm('get', 'values', 'relay');
  before = { revision: await currentRevision(), values };
  await relay.kubectl('delete', 'secret', SECRET, '--ignore-not-found');
  await createNamespace(NAMESPACE, {});
  collector = await startCollector(NAMESPACE);
  const commands = await commandsUnder('docs/operations.md', 'Send traces somewhere');
  await runDocumented(commands.replaceAll('observability', NAMESPACE));
  await relay.settled();
  ({ token } = await logIn(inject('email')));
});

afterAll(async () => {
  // The last test rolls back unless an earlier step failed.
  if ((await relay.helm('get', 'values', 'relay')) !== before.values) await rollBack();
  await relay.kubectl('delete', 'secret', SECRET, '--ignore-not-found');
  await deleteNamespace(NAMESPACE);
});

/** A request to each service that uses Redis and Postgres, and its answer. */
const REQUESTS = {
  auth: {
    send: (headers: Record<string, string>) =>
      fetch(`${API_URL}/api/auth/login`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        // Another user each time: failed logins are rate-limited by account.
        body: JSON.stringify({ email: `${crypto.randomUUID()}@example.com`, password: 'wrong' }),
      }),
    status: 401,
    span: 'POST /api/auth/login',
    latencies: ['http_request_duration_seconds', 'postgres_query_duration_seconds'],
  },
  post: {
    send: (headers: Record<string, string>) =>
      fetch(`${API_URL}/api/posts/${crypto.randomUUID()}`, {
        headers: { ...headers, Authorization: `Bearer ${token}` },
      }),
    status: 404,
    span: 'GET /api/posts/:id',
    latencies: [
      'http_request_duration_seconds',
      'cache_operation_duration_ms',
      'cache_load_duration_seconds',
      'postgres_query_duration_seconds',
    ],
  },
};

/** Sends a request through the ingress, as a part of the caller's trace. */
async function sendTraced(service: keyof typeof REQUESTS) {
  const traceId = randomBytes(16).toString('hex');
  const callerSpan = randomBytes(8).toString('hex');
  const { send, status } = REQUESTS[service];
  const response = await send({ traceparent: `00-${traceId}-${callerSpan}-01` });
  expect(response.status).toBe(status);
  return { traceId, callerSpan };
}

async function spansOf(traceId: string): Promise<Span[]> {
  const spans = (await collector.batches()).flatMap((batch) => batch.spans);
  return spans.filter((span) => span.traceId === traceId);
}

test.for(['auth', 'post'] as const)(
  'a trace continues through the ingress and %s to Redis and Postgres',
  async (service, { annotate }) => {
    const took = stopwatch();
    const { traceId, callerSpan } = await sendTraced(service);
    const { server, spans } = await eventually(
      'the collector has the whole trace',
      async () => {
        const spans = await spansOf(traceId);
        const server = spans.find(({ kind }) => kind === 'server');
        if (!server) throw new Error(`It has ${spans.length} spans, and no server span`);
        return { server, spans };
      },
      SOON,
    );
    await annotate(`${service}: ${spans.length} spans after ${took()}`);

    const pods = (await relay.pods(service)).map(({ metadata }) => metadata!.name);
    // The caller's own span: Envoy neither removed the header nor added a span.
    expect(server).toMatchObject({
      name: REQUESTS[service].span,
      parentSpanId: callerSpan,
      resource: {
        'service.name': `relay-${service}`,
        'k8s.namespace.name': relay.namespace,
        'deployment.environment.name': 'kind',
      },
    });
    expect(pods).toContain(server.resource['k8s.pod.name']);
    const ids = new Set(spans.map(({ spanId }) => spanId));
    const below = spans.filter((span) => span !== server);
    expect(below.filter(({ parentSpanId }) => !ids.has(parentSpanId!))).toEqual([]);
    const systems = below.map(({ attributes }) => attributes['db.system.name']);
    expect(systems).toEqual(expect.arrayContaining(['redis', 'postgresql']));
    expect(await linesWith(service, `"trace_id":"${traceId}"`)).toContainEqual(
      expect.objectContaining({ msg: 'Request', span_id: server.spanId }),
    );
  },
);

test('each export has the configured Authorization header', async () => {
  await sendTraced('post');
  const batches = await eventually(
    'a batch arrives',
    async () => {
      const batches = await collector.batches();
      expect(batches.length).toBeGreaterThan(0);
      return batches;
    },
    SOON,
  );
  const senders = new Set(batches.map(({ authorization }) => authorization));
  expect([...senders]).toEqual(['Bearer secret']);
});

test.for(['auth', 'post'] as const)(
  'the exemplars of each latency of %s have a trace id',
  async (service) => {
    const since = new Date();
    const sent = new Set<string>();
    const traceIds = await eventually(
      'Prometheus has exemplars of our requests',
      async () => {
        // A new request each time: a bucket keeps the exemplar of its last request only.
        sent.add((await sendTraced(service)).traceId);
        return Promise.all(
          REQUESTS[service].latencies.map(async (latency) => {
            const series = `${latency}_bucket{namespace="relay", job="relay-${service}"}`;
            const ids = await prometheus().exemplars(series, { from: since, to: new Date() });
            const id = ids.find((traceId) => sent.has(traceId));
            if (!id) throw new Error(`None of ${latency}. Is its exemplar-storage enabled?`);
            return id;
          }),
        );
      },
      SOON,
    );
    await eventually(
      'the collector has their traces',
      async () => {
        for (const id of traceIds) expect(await spansOf(id)).not.toEqual([]);
      },
      SOON,
    );
  },
);

test('a rollback disables it', async () => {
  await rollBack();
  expect(await relay.helm('get', 'values', 'relay')).toBe(before.values);
  for (const service of ['auth', 'post'] as const) {
    const [pod] = await relay.pods(service);
    const variables = pod!.spec!.containers[0]!.env!.map(({ name }) => name);
    expect(variables.filter((name) => name.startsWith('OTEL_'))).toEqual([]);
  }
});

async function rollBack(): Promise<void> {
  await relay.helm('rollback', 'relay', before.revision, '--wait', '--timeout', '5m');
  await relay.settled();
}

async function currentRevision(): Promise<string> {
  const { version } = JSON.parse(await relay.helm('status', 'relay', '--output=json'));
  return String(version);
}
