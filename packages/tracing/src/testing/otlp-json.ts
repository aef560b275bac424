import { spanKind, statusCode, type AttributeValue, type Span } from './span.ts';

interface JsonValue {
  stringValue?: string;
  boolValue?: boolean;
  /** A 64-bit number, which OTLP's JSON may encode as a string. */
  intValue?: string | number;
  doubleValue?: number;
  arrayValue?: { values?: JsonValue[] };
}

interface JsonAttributes {
  attributes?: { key: string; value: JsonValue }[];
}

interface JsonSpan extends JsonAttributes {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind?: number;
  events?: (JsonAttributes & { name: string })[];
  status?: { code?: number; message?: string };
}

interface JsonRequest {
  resourceSpans?: { resource?: JsonAttributes; scopeSpans?: { spans?: JsonSpan[] }[] }[];
}

/** Decodes the spans of an OTLP request in JSON. */
export function readJsonSpans(body: Buffer): Span[] {
  const { resourceSpans = [] } = JSON.parse(body.toString()) as JsonRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ spans = [] }) =>
      spans.map((span) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId || undefined,
        name: span.name,
        kind: spanKind(span.kind),
        attributes: readAttributes(span),
        resource: readAttributes(resource),
        events: (span.events ?? []).map((event) => ({
          name: event.name,
          attributes: readAttributes(event),
        })),
        status: { code: statusCode(span.status?.code), message: span.status?.message ?? '' },
      })),
    ),
  );
}

function readAttributes({ attributes = [] }: JsonAttributes = {}): Record<string, AttributeValue> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, readValue(value)]));
}

function readValue(value: JsonValue): AttributeValue {
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(readValue);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.boolValue ?? value.doubleValue ?? null;
}
