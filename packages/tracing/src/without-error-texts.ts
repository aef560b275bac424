import type { ReadableSpan, SpanExporter, TimedEvent } from '@opentelemetry/sdk-trace';

/**
 * Exports spans without the messages of errors. A database's message quotes values, and knex puts
 * the whole statement with its parameters before it. What is left says which error and where; the
 * log has the rest, under the same trace id.
 */
export function withoutErrorTexts(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(withoutErrorText), done),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

function withoutErrorText(span: ReadableSpan): ReadableSpan {
  const saysMore =
    span.status.message !== undefined || span.events.some(({ name }) => name === 'exception');
  if (!saysMore) return span;
  // Inherits: half of a span's properties are getters of its class, which a spread would lose.
  return Object.create(span, {
    status: { value: { code: span.status.code } },
    events: { value: span.events.map(withoutExceptionText) },
  }) as ReadableSpan;
}

function withoutExceptionText(event: TimedEvent): TimedEvent {
  if (event.name !== 'exception') return event;
  const type = event.attributes?.['exception.type'];
  const stack = event.attributes?.['exception.stacktrace'];
  const frames = typeof stack === 'string' ? framesOf(stack) : '';
  return {
    ...event,
    attributes: {
      ...(type !== undefined && { 'exception.type': type }),
      ...(frames !== '' && { 'exception.stacktrace': frames }),
    },
  };
}

/** The stack repeats the message in its first lines. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
