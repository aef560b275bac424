import { randomBytes, randomUUID } from 'node:crypto';

import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import {
  startServiceProcess,
  type ServiceProcess,
} from '@relay/service-kit/testing/service-process';
import { startOtlpReceiver, type OtlpReceiver, type Span } from '@relay/tracing/testing';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { startJwksServer } from './testing/jwks-server.ts';
import { migrated } from './testing/migrated.ts';
import { callerOf, type Caller } from './testing/running-service.ts';
import { createSigner, newAuthor } from './testing/tokens.ts';

const redisUrl = await testRedis();
const CALLER_SPAN = 'b7ad6b7169203331';

const draft = { title: 'A title', url: 'https://a.example/' };

const hasServerSpan = (spans: readonly Span[]) => spans.some(({ kind }) => kind === 'server');

function pick(spans: readonly Span[], wanted: string): Span {
  const found = spans.find(({ name }) => name === wanted);
  if (found) return found;
  throw new Error(`No ${wanted} among: ${spans.map(({ name }) => name).join(', ')}`);
}

/** The names of a span's children, sorted. */
function below(spans: readonly Span[], parent: Span): string[] {
  const children = spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId);
  return children.map(({ name }) => name).toSorted();
}

/** From the parent of a span up to the root. */
function ancestors(spans: readonly Span[], { parentSpanId }: Span): Span[] {
  const parent = spans.find(({ spanId }) => spanId === parentSpanId);
  return parent ? [parent, ...ancestors(spans, parent)] : [];
}

const WITH_EXEMPLAR = /^(\w+)_bucket\{le="[^"]+",(.*)\} \S+ # \{trace_id="(\w+)",span_id="(\w+)"\}/;

/** The exemplars of OpenMetrics, by series, whichever bucket they are in. */
function exemplarsIn(openMetrics: string) {
  return openMetrics.split('\n').flatMap((line) => {
    const [, name, labels, traceId, spanId] = WITH_EXEMPLAR.exec(line) ?? [];
    return name ? [{ series: `${name}{${labels}}`, traceId, spanId }] : [];
  });
}

/** A background job may have the pool's connection: then a query makes another. */
const isOfConnecting = (name: string) =>
  name === 'pg.connect' || /^pg\.query:SELECT \w+$/.test(name);

describe.skipIf(redisUrl === null)('the process, traced', () => {
  const started = new AsyncDisposableStack();
  let receiver: OtlpReceiver;
  let service: ServiceProcess;
  let call: Caller;

  beforeAll(async () => {
    const signer = await createSigner();
    const jwks = started.adopt(await startJwksServer(signer), (server) => server.stop());
    receiver = started.adopt(await startOtlpReceiver(), (one) => one.stop());
    service = await startServiceProcess(import.meta.dirname, {
      DATABASE_URL: await migrated(await testDatabase()),
      REDIS_URL: redisUrl!,
      CACHE_TIMEOUT_MS: '5000',
      JWKS_URL: jwks.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_SERVICE_NAME: 'relay-post',
      OTEL_BSP_SCHEDULE_DELAY: '20',
      TRUST_TRACE_HEADERS: 'true',
    });
    started.defer(async () => void (await service.stop()));
    await Promise.all([service.logged('Ready'), service.logged('Redis connected')]);
    call = callerOf(service.url, await signer.sign(newAuthor()));
    // Connections that are opened and scripts that are loaded now leave no spans later on.
    await call('POST', '/api/posts', { body: draft });
    await call('GET', '/api/posts');
  });
  afterAll(() => started.disposeAsync());

  /** Sends a request with a trace context, and waits for the whole trace. */
  async function traced(method: string, path: string, options: { body?: unknown } = {}) {
    const traceId = randomBytes(16).toString('hex');
    const headers = { traceparent: `00-${traceId}-${CALLER_SPAN}-01` };
    const answer = await call(method, path, { headers, ...options });
    const spans = await receiver.waitForTrace(traceId, hasServerSpan);
    const lines = await vi.waitUntil(() => {
      const found = service.lines.filter((line) => line['trace_id'] === traceId);
      return found.some(({ msg }) => msg === 'Request') && found;
    });
    return { traceId, answer, spans, lines };
  }

  test('a hit is one tree: the request, its route, the read, one MGET of Redis', async () => {
    await call('GET', '/api/posts');
    const { answer, spans, lines } = await traced('GET', '/api/posts');
    expect(answer.cache).toBe('HIT');
    const read = pick(spans, 'cache.read');
    expect(read.attributes).toEqual({
      'cache.key': 'posts:all',
      'cache.outcome': 'hit',
      'cache.hit': true,
    });
    expect(below(spans, read)).toEqual(['mget']);
    expect(pick(spans, 'mget').attributes['db.query.text']).toBe('mget posts:*');
    const above = ancestors(spans, read);
    expect(new Set(above.map(({ name }) => name))).toEqual(
      new Set(['router - /api/posts', 'GET /api/posts']),
    );
    expect(above.at(-1)).toMatchObject({
      kind: 'server',
      parentSpanId: CALLER_SPAN,
      attributes: { 'http.route': '/api/posts', 'http.response.status_code': 200 },
      resource: { 'service.name': 'relay-post', 'service.version': '0.1.0' },
    });
    expect(lines.find(({ msg }) => msg === 'Cache HIT')).toMatchObject({
      key: 'posts:all',
      span_id: read.spanId,
      trace_flags: '01',
    });
    expect(lines.map(({ msg }) => msg)).toEqual(['Cache HIT', 'Request']);
  });

  test('a miss has a lease, the query and the fill in it', async () => {
    const id = randomUUID();
    const { answer, spans, lines } = await traced('GET', `/api/posts/${id}`);
    expect(answer).toMatchObject({ status: 404, cache: 'MISS' });
    const read = pick(spans, 'cache.read');
    expect(read.attributes).toEqual({
      'cache.key': 'posts:id:{id}',
      'cache.outcome': 'miss',
      'cache.hit': false,
    });
    expect(ancestors(spans, read).map(({ name }) => name)).toEqual([
      'router - /api/posts/:id',
      'GET /api/posts/:id',
    ]);
    const knex = spans.find(({ attributes }) => 'knex.version' in attributes)!;
    const parts = below(spans, read).filter((name) => !isOfConnecting(name));
    expect(parts).toEqual(['evalsha', 'evalsha', knex.name, 'mget']);
    const query = spans.find(({ parentSpanId }) => parentSpanId === knex.spanId);
    expect(query).toMatchObject({ kind: 'client' });
    expect(query?.attributes['db.query.text']).toContain('from "post"."posts" where "id" = $1');
    expect(lines).toContainEqual(
      expect.objectContaining({
        msg: 'Cache MISS - fetching from source',
        key: `posts:id:${id}`,
        span_id: read.spanId,
      }),
    );
  });

  test('a write has spans for its invalidations and its statements', async () => {
    const created = await call('POST', '/api/posts', { body: draft });
    const path = `/api/posts/${created.json.id}/upvote`;
    const { spans, lines } = await traced('PUT', path);
    const mutation = pick(spans, 'cache.mutate');
    // A fence and a lift for each of the four entries in which the post may be seen.
    const scripts = below(spans, mutation).filter((name) => name === 'evalsha');
    expect(scripts).toHaveLength(8);
    expect(spans.some(({ name }) => name.startsWith('pg.query'))).toBe(true);
    expect(lines.filter(({ msg }) => msg === 'Cache invalidated')).toHaveLength(4);
  });

  test('each latency that it measured leads to the span that was running', async () => {
    // A look at the outbox waits for a connection too, and may replace the exemplar before the scrape.
    await vi.waitFor(async () => {
      const { traceId, spans } = await traced('GET', `/api/posts/${randomUUID()}`);
      const knex = spans.find(({ attributes }) => 'knex.version' in attributes)!;
      const headers = { Accept: 'application/openmetrics-text' };
      const { text } = await callerOf(service.adminUrl)('GET', '/metrics', { headers });
      const found = exemplarsIn(text).filter((exemplar) => exemplar.traceId === traceId);
      const nameOf = (id: string | undefined) => spans.find(({ spanId }) => spanId === id)?.name;
      expect(
        Object.fromEntries(found.map(({ series, spanId }) => [series, nameOf(spanId)])),
      ).toEqual({
        'http_request_duration_seconds{method="GET",route="/api/posts/:id"}': 'GET /api/posts/:id',
        'cache_operation_duration_ms{operation="get",key="posts:id:{id}"}': 'cache.read',
        'cache_operation_duration_ms{operation="lease",key="posts:id:{id}"}': 'cache.read',
        'cache_operation_duration_ms{operation="fill",key="posts:id:{id}"}': 'cache.read',
        'cache_load_duration_seconds{key="posts:id:{id}"}': 'cache.read',
        'postgres_pool_wait_duration_seconds{pool="post"}': 'cache.read',
        'postgres_query_duration_seconds{query="posts.byId"}': knex.name,
      });
    }, 10_000);
  });

  test('no span contains user input or a token', async () => {
    const secret = 'a-title-nobody-should-see';
    const body = { ...draft, title: secret };
    const { answer, spans } = await traced('POST', '/api/posts', { body });
    expect(answer.status).toBe(201);
    expect(spans.length).toBeGreaterThan(4);
    expect(JSON.stringify(spans)).not.toMatch(new RegExp(`${secret}|Bearer|eyJ`));
  });
});
