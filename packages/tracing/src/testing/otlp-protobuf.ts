import { spanKind, statusCode, type AttributeValue, type Span } from './span.ts';

/**
 * Decodes the spans of an OTLP request in protobuf. Decodes the wire format itself, since the tests need less
 * than a protobuf library.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 * @see https://github.com/open-telemetry/opentelemetry-proto (the field numbers)
 */
export function readProtobufSpans(body: Buffer): Span[] {
  return readMessage(body)
    .messages(1)
    .flatMap((resourceSpans) => {
      const resource = readAttributes(resourceSpans.messages(1)[0]?.messages(1));
      return resourceSpans
        .messages(2)
        .flatMap((scopeSpans) => scopeSpans.messages(2))
        .map((span) => readSpan(span, resource));
    });
}

function readSpan(span: Message, resource: Span['resource']): Span {
  const status = span.messages(15)[0];
  return {
    traceId: span.bytes(1).toString('hex'),
    spanId: span.bytes(2).toString('hex'),
    parentSpanId: span.bytes(4).toString('hex') || undefined,
    name: span.bytes(5).toString(),
    kind: spanKind(span.number(6)),
    attributes: readAttributes(span.messages(9)),
    resource,
    events: span.messages(11).map((event) => ({
      name: event.bytes(2).toString(),
      attributes: readAttributes(event.messages(3)),
    })),
    status: { code: statusCode(status?.number(3)), message: status?.bytes(2).toString() ?? '' },
  };
}

function readAttributes(pairs: Message[] = []): Record<string, AttributeValue> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.bytes(1).toString(), readValue(pair.messages(2)[0])]),
  );
}

/** Decodes an AnyValue. The field that is set determines the type. */
function readValue(value: Message | undefined): AttributeValue {
  if (value?.has(1)) return value.bytes(1).toString();
  if (value?.has(2)) return value.number(2) === 1;
  if (value?.has(3)) return value.number(3);
  if (value?.has(4)) return value.bytes(4).readDoubleLE();
  if (value?.has(5)) return value.messages(5)[0]?.messages(1).map(readValue) ?? [];
  return null;
}

interface Message {
  has(field: number): boolean;
  number(field: number): number;
  /** The last value of a length-delimited field; empty if absent. */
  bytes(field: number): Buffer;
  messages(field: number): Message[];
}

function readMessage(bytes: Buffer): Message {
  const fields = [...readFields(bytes)];
  const last = (field: number) => fields.findLast(({ number }) => number === field)?.value;
  return {
    has: (field) => last(field) !== undefined,
    number: (field) => Number(last(field) ?? 0),
    bytes: (field) => {
      const value = last(field);
      return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
    },
    messages: (field) =>
      fields.flatMap(({ number, value }) =>
        number === field && Buffer.isBuffer(value) ? [readMessage(value)] : [],
      ),
  };
}

interface Field {
  number: number;
  value: bigint | Buffer;
}

function* readFields(bytes: Buffer): Generator<Field> {
  let at = 0;
  const take = (length: number) => bytes.subarray(at, (at += length));
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    const wireType = tag & 7;
    if (wireType === 0) yield { number, value: varint() };
    else if (wireType === 1) yield { number, value: take(8) };
    else if (wireType === 2) yield { number, value: take(Number(varint())) };
    else if (wireType === 5) yield { number, value: take(4) };
    else throw new Error(`Unknown protobuf wire type ${wireType}`);
  }
}
