import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { Span } from '@relay/tracing/testing';

import { core } from './cluster.ts';
import { startTestPod } from './test-pod.ts';

const PORT = 4318;

/** One export request. */
interface Batch {
  authorization: string;
  spans: Span[];
}

/** An OpenTelemetry collector for tests, as a pod with a Service. */
export interface Collector {
  /** Every batch since the start, oldest first. */
  batches(): Promise<Batch[]>;
}

/** Logs each batch as a line. */
const MAIN = `
  import { createServer } from 'node:http';
  import { buffer } from 'node:stream/consumers';
  import { readProtobufSpans } from './otlp-protobuf.ts';

  createServer(async (request, response) => {
    const spans = readProtobufSpans(await buffer(request));
    const { authorization } = request.headers;
    console.log(JSON.stringify({ authorization, spans }));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }).listen(${PORT});
`;

/** Starts the Service and the pod `collector` in a namespace. */
export async function startCollector(namespace: string): Promise<Collector> {
  const labels = { app: 'collector' };
  const [protobuf, span] = await Promise.all(['otlp-protobuf.ts', 'span.ts'].map(readTesting));
  const { logs } = await startTestPod({
    namespace,
    name: 'collector',
    labels,
    program: { 'main.ts': MAIN, 'otlp-protobuf.ts': protobuf!, 'span.ts': span! },
  });
  await core().createNamespacedService({
    namespace,
    body: { metadata: { name: 'collector' }, spec: { selector: labels, ports: [{ port: PORT }] } },
  });
  return {
    async batches() {
      const lines = (await logs()).split('\n').filter((line) => line.startsWith('{'));
      return lines.map((line) => JSON.parse(line) as Batch);
    },
  };
}

/** A source file of `@relay/tracing/testing`. */
function readTesting(file: string): Promise<string> {
  const folder = path.join(import.meta.dirname, '../../../packages/tracing/src/testing');
  return readFile(path.join(folder, file), 'utf8');
}
