import type { ReadableSpan, SpanExporter, TimedEvent } from '@opentelemetry/sdk-trace';

/**
 * Exports spans without error messages. A database's message quotes values, and Knex prefixes it with the
 * statement and its parameters. The error type and the stack frames remain; the log has the message, with
 * the same trace id.
 */
export function redactErrors(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(redactError), done),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  };
}

function redactError(span: ReadableSpan): ReadableSpan {
  const hasErrorText =
    span.status.message !== undefined || span.events.some(({ name }) => name === 'exception');
  if (!hasErrorText) return span;
  // Inherits: half of a span's properties are getters of its class, which a spread would lose.
  return Object.create(span, {
    status: { value: { code: span.status.code } },
    events: { value: span.events.map(redactException) },
  }) as ReadableSpan;
}

function redactException(event: TimedEvent): TimedEvent {
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

/** The stack without its first lines, which repeat the message. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
