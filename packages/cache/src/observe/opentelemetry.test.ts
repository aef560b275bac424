import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTestCache } from '../testing/test-cache.ts';
import { openTelemetry } from './opentelemetry.ts';

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

function setUp() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('test');
  const spans = () => exporter.getFinishedSpans();
  return { tracer, spans, ...createTestCache({ tracing: openTelemetry(tracer) }) };
}

describe('the OpenTelemetry adapter', () => {
  it('makes a span for each read, with the template of its key and where the value came from', async () => {
    const { cache, spans, fail } = setUp();
    const read = () => cache.cacheAside({ key: 'posts:id:7', ttlSeconds: 60, load: async () => 1 });
    await read();
    await read();
    fail();
    await read();
    expect(spans().map(({ name }) => name)).toEqual(['cache.read', 'cache.read', 'cache.read']);
    expect(spans().map(({ attributes }) => attributes)).toEqual([
      { 'cache.key': 'posts:id:{id}', 'cache.outcome': 'miss', 'cache.hit': false },
      { 'cache.key': 'posts:id:{id}', 'cache.outcome': 'hit', 'cache.hit': true },
      { 'cache.key': 'posts:id:{id}', 'cache.outcome': 'bypass', 'cache.hit': false },
    ]);
  });

  it('makes a span for each invalidation, with what became of it', async () => {
    const { cache, spans, fail } = setUp();
    await cache.invalidateCache('posts:all', 'posts:id:7');
    fail();
    await cache.invalidateCache('posts:*');
    expect(spans().map(({ name }) => name)).toEqual(['cache.invalidate', 'cache.invalidate']);
    expect(spans().map(({ attributes }) => attributes)).toEqual([
      { 'cache.targets': 2, 'cache.status': 'applied' },
      { 'cache.targets': 1, 'cache.status': 'failed' },
    ]);
  });

  it('is the parent of what the loader does', async () => {
    const { cache, spans, tracer } = setUp();
    const load = async () => {
      tracer.startSpan('select').end();
      return 1;
    };
    await cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load });
    const [select, read] = spans();
    expect(select?.name).toBe('select');
    expect(select?.parentSpanContext?.spanId).toBe(read?.spanContext().spanId);
  });

  it('marks a read whose loader fails, and lets the error through', async () => {
    const { cache, spans } = setUp();
    const error = new Error('the source is down');
    const load = () => Promise.reject(error);
    await expect(cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load })).rejects.toBe(error);
    const [read] = spans();
    expect(read?.status.code).toBe(SpanStatusCode.ERROR);
    expect(read?.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('does nothing where no SDK is set up', async () => {
    trace.disable();
    const { cache } = createTestCache({ tracing: openTelemetry() });
    expect(
      await cache.cacheAside({ key: 'posts:all', ttlSeconds: 60, load: async () => 'value' }),
    ).toBe('value');
  });
});
