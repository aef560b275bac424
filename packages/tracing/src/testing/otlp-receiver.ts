import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

import { readJsonSpans } from './otlp-json.ts';
import { readProtobufSpans } from './otlp-protobuf.ts';
import type { Span } from './span.ts';

export type { AttributeValue, Span, SpanKind } from './span.ts';

/** A collector for tests. Receives OTLP over HTTP, in JSON or protobuf, and stores the spans. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  /** All spans so far, in the order of arrival. */
  spans(): Span[];
  /**
   * Resolves with the spans of a trace as soon as they satisfy the predicate. Spans arrive in batches, parents
   * after their children.
   *
   * @throws Error that lists the received spans, after ten seconds
   */
  waitForTrace(traceId: string, predicate: (spans: Span[]) => boolean): Promise<Span[]>;
  stop(): Promise<void>;
}

const waitMs = 10_000;

/**
 * Starts a collector on a free port of this machine.
 *
 * @example
 * const receiver = await startOtlpReceiver();
 * // a child process with OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY=50
 * const spans = await receiver.waitForTrace(id, (all) => all.some(({ kind }) => kind === 'server'));
 */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const received: Span[] = [];
  const waiting = new Set<() => void>();
  const spansOf = (traceId: string) => received.filter((span) => span.traceId === traceId);

  const server = createServer((request, response) => {
    void readSpans(request)
      .then((spans) => {
        received.push(...spans);
        for (const check of waiting) check();
        response.writeHead(200, { 'content-type': request.headers['content-type'] }).end();
      })
      .catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => [...received],
    waitForTrace: (traceId, predicate) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const spans = spansOf(traceId);
          if (!predicate(spans)) return;
          settle();
          resolve(spans);
        };
        const settle = () => {
          clearTimeout(timer);
          waiting.delete(check);
        };
        const timer = setTimeout(() => {
          settle();
          const names = spansOf(traceId).map(({ kind, name }) => `${kind} ${name}`);
          reject(new Error(`Trace ${traceId} has only: ${names.join(', ') || 'no span'}`));
        }, waitMs);
        waiting.add(check);
        check();
      }),
    stop: () => stop(server),
  };
}

async function readSpans(request: IncomingMessage): Promise<Span[]> {
  const body = await buffer(request);
  if (request.url !== '/v1/traces') return [];
  return request.headers['content-type'] === 'application/json'
    ? readJsonSpans(body)
    : readProtobufSpans(body);
}

async function stop(server: Server): Promise<void> {
  server.close();
  // The exporter keeps its connection open.
  server.closeAllConnections();
  await once(server, 'close');
}
