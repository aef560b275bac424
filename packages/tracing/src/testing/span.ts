export type AttributeValue = string | number | boolean | AttributeValue[] | null;

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A received span, independent of its encoding. */
export interface Span {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  /** Undefined for the root of a trace. */
  parentSpanId: string | undefined;
  name: string;
  kind: SpanKind;
  attributes: Record<string, AttributeValue>;
  /** Attributes of the process, such as `service.name`. */
  resource: Record<string, AttributeValue>;
  events: { name: string; attributes: Record<string, AttributeValue> }[];
  status: { code: 'unset' | 'ok' | 'error'; message: string };
}

// Indexed by the numbers of opentelemetry/proto/trace/v1/trace.proto, which JSON uses too.
const kinds: SpanKind[] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'];
const statusCodes: Span['status']['code'][] = ['unset', 'ok', 'error'];

export function spanKind(number = 0): SpanKind {
  return kinds[number] ?? 'internal';
}

export function statusCode(number = 0): Span['status']['code'] {
  return statusCodes[number] ?? 'unset';
}
