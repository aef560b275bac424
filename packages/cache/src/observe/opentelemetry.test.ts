import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openTelemetry } from './opentelemetry.ts';

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => context.disable());

function setUp() {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('test');
  return { tracer, tracing: openTelemetry(tracer), spans: () => exporter.getFinishedSpans() };
}

const KEY = { 'cache.key': 'posts:id:{id}' };
const outcomeOf = (outcome: string) => ({ 'cache.outcome': outcome });

describe('the OpenTelemetry adapter', () => {
  it('makes a span with the attributes from its start and those from its end', async () => {
    const { tracing, spans } = setUp();
    expect(await tracing.span('cache.read', KEY, async () => 'hit', outcomeOf)).toBe('hit');
    expect(spans()).toMatchObject([
      { name: 'cache.read', attributes: { ...KEY, 'cache.outcome': 'hit' } },
    ]);
  });

  it('is the parent of the spans that begin within its work', async () => {
    const { tracer, tracing, spans } = setUp();
    const work = async () => tracer.startSpan('select').end();
    await tracing.span('cache.mutate', {}, work, () => ({}));
    const [select, mutate] = spans();
    expect(select?.name).toBe('select');
    expect(select?.parentSpanContext?.spanId).toBe(mutate?.spanContext().spanId);
  });

  it('marks work that fails, and rethrows its error', async () => {
    const { tracing, spans } = setUp();
    const error = new Error('the source is down');
    const work = () => Promise.reject(error);
    await expect(tracing.span('cache.read', KEY, work, () => ({}))).rejects.toBe(error);
    const [read] = spans();
    expect(read?.status.code).toBe(SpanStatusCode.ERROR);
    expect(read?.events.map(({ name }) => name)).toEqual(['exception']);
  });

  it('runs the work where no SDK is set up', async () => {
    trace.disable();
    expect(
      await openTelemetry().span(
        'cache.read',
        KEY,
        async () => 1,
        () => ({}),
      ),
    ).toBe(1);
  });
});
