/**
 * Traces a Relay process: `node --import @relay/tracing services/post/src/main.ts`.
 *
 * Off and without overhead unless an OTLP endpoint is set. A preload, because a library can only be
 * instrumented before the program imports it. Installs no signal handler: the program must call
 * `shutdownTracing` from `@relay/tracing/api` last in its shutdown.
 *
 * @example
 * OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 OTEL_SERVICE_NAME=relay-post \
 *   node --import @relay/tracing services/post/src/main.ts
 */
import { isMainThread } from 'node:worker_threads';

import { readTracingConfig } from './config.ts';

// oxlint-disable-next-line no-process-env -- a preload runs before the program's main.ts
const config = readTracingConfig(process.env);

if (config.state === 'invalid') {
  process.stderr.write(`Invalid tracing configuration.\n${config.problem}\n`);
  process.exit(1);
}

// Worker threads run the preload too, and have nothing to trace. Dynamic import: without tracing, the SDK must
// not be loaded.
if (config.state === 'on' && isMainThread) {
  const { startTracing } = await import('./sdk.ts');
  startTracing(config);
}
